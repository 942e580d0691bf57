// Prints floating point numbers as Go's strconv.FormatFloat does, with exact digits and halves rounded to even. Pure.

/** The digits of a number that is not negative: 0.digits × 10^point. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

export type FloatVerb = 'e' | 'E' | 'f' | 'g' | 'G' | 'b' | 'x' | 'X';

// A double has at most 1074 digits after the point and 309 before it: beyond that there are zeros only.
const allDigits = 1400;

/** Prints a finite number. Precision -1 asks for the fewest digits that still tell the number apart. */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const absolute = Math.abs(value);
  if (verb === 'b') return sign + binary(absolute);
  if (verb === 'x' || verb === 'X') return sign + inCase(hexadecimal(absolute, precision), verb);
  if (verb === 'f') return sign + (precision < 0 ? plain(shortest(absolute), -1) : fixed(absolute, precision));
  if (verb === 'e' || verb === 'E') return sign + inCase(scientificOf(absolute, precision), verb);
  return sign + inCase(general(absolute, precision), verb);
}

function inCase(text: string, verb: string): string {
  return verb === verb.toUpperCase() ? text.toUpperCase() : text;
}

function fixed(value: number, precision: number): string {
  const exact = exactDigits(value);
  return plain(rounded(exact, exact.point + Math.min(precision, allDigits)), precision);
}

function scientificOf(value: number, precision: number): string {
  if (precision < 0) return scientific(shortest(value), -1);
  return scientific(rounded(exactDigits(value), Math.min(precision, allDigits) + 1), precision);
}

function general(value: number, precision: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const found = wanted < 0 ? shortest(value) : rounded(exactDigits(value), Math.min(wanted, allDigits));
  const count = found.digits.length;
  let limit = wanted < 0 ? 6 : wanted;
  if (wanted > count && count >= found.point) limit = count;
  if (wanted < 0) limit = 6;
  const exponent = found.point - 1;
  const shown = wanted < 0 || wanted > count ? count : wanted;
  if (exponent < -4 || exponent >= limit) return scientific(found, Math.max(shown - 1, 0));
  return plain(found, Math.max(Math.min(shown, count) - found.point, 0));
}

/** d.ddde±dd; -1 shows all digits. */
function scientific({ digits, point }: Digits, precision: number): string {
  const all = digits === '' ? '0' : digits;
  const fraction = precision < 0 ? all.slice(1) : all.slice(1, precision + 1).padEnd(precision, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${all.charAt(0)}${fraction === '' ? '' : `.${fraction}`}e${power}`;
}

/** ddd.ddd; -1 shows all digits. */
function plain({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const fraction = point >= 0 ? digits.slice(point) : `${'0'.repeat(-point)}${digits}`;
  const shown = precision < 0 ? fraction : fraction.slice(0, precision).padEnd(precision, '0');
  return shown === '' ? whole : `${whole}.${shown}`;
}

function shortest(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

function exactDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = bitsOf(value);
  const digits = (exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent)).toString();
  const point = exponent >= 0 ? digits.length : digits.length + exponent;
  return { digits: digits.replace(/(?<!0)0+$/, ''), point };
}

function rounded({ digits, point }: Digits, count: number): Digits {
  if (count < 0 || count >= digits.length) return { digits, point };
  const half = digits[count] === '5' && count + 1 === digits.length;
  const up = half ? count > 0 && Number(digits[count - 1]) % 2 === 1 : Number(digits[count]) >= 5;
  const kept = digits.slice(0, count);
  if (!up) return { digits: kept.replace(/(?<!0)0+$/, ''), point: kept === '' ? 0 : point };
  const raised = (BigInt(kept === '' ? 0 : kept) + 1n).toString().padStart(count, '0');
  return { digits: raised.replace(/(?<!0)0+$/, ''), point: point + (raised.length - count) };
}

/** value = mantissa × 2^exponent, exactly. */
function bitsOf(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (2n ** 52n), exponent: biased - 1075 };
}

function binary(value: number): string {
  const { mantissa, exponent } = bitsOf(value);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** 0x1.8p+01: one bit before the point, halves of the last digit to even. */
function hexadecimal(value: number, precision: number): string {
  let { mantissa, exponent } = bitsOf(value);
  exponent = value === 0 ? 0 : exponent + 52;
  while (mantissa !== 0n && mantissa < 2n ** 52n) {
    mantissa <<= 1n;
    exponent--;
  }
  if (precision >= 0 && precision < 13) {
    const cut = BigInt(4 * (13 - precision));
    const [kept, rest, half] = [mantissa >> cut, mantissa & ((1n << cut) - 1n), 1n << (cut - 1n)];
    mantissa = (rest > half || (rest === half && kept % 2n === 1n) ? kept + 1n : kept) << cut;
    if (mantissa >= 2n ** 53n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const all = (mantissa & (2n ** 52n - 1n)).toString(16).padStart(13, '0');
  const fraction = precision < 0 ? all.replace(/(?<!0)0+$/, '') : all.slice(0, precision).padEnd(precision, '0');
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `0x${mantissa >> 52n}${fraction === '' ? '' : `.${fraction}`}p${power}`;
}

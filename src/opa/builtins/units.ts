// `units.parse` and `units.parse_bytes`: amounts like 1.5Gi, 200m or 10MB. Pure.
import { tooLarge } from './bounds.ts';
import { NumberText, type RegoFunction } from './rego-value.ts';

/** By name, as a module asks for them. */
export const unitBuiltins: Readonly<Record<string, RegoFunction>> = {
  'units.parse': (text) => (typeof text === 'string' ? parseUnits(text) : undefined),
  'units.parse_bytes': (text) => (typeof text === 'string' ? parseBytes(text) : undefined),
};

const powers: readonly string[] = ['', 'k', 'm', 'g', 't', 'p', 'e'];
// What milli is in OPA: the double next to 0.001, not 0.001.
const milli: Rational = { numerator: 1_152_921_504_606_847n, denominator: 2n ** 60n };
// OPA takes exponents of six digits; numbers that long would not be of use to anybody.
const maxExponent = 4000;
// Digits on both sides of the point.
const maxAmountLength = 2 * maxExponent + 100;

interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function parseUnits(text: string): bigint | NumberText | undefined {
  const amount = parseAmount(text.replaceAll('"', ''));
  if (amount === undefined) return undefined;
  const { unit, value } = amount;
  const factor = factorOf(unit.slice(0, 1) + lowerCase(unit.slice(1)));
  if (factor === undefined || value === undefined) return undefined;
  const numerator = value.numerator * factor.numerator;
  const denominator = value.denominator * factor.denominator;
  if (numerator % denominator === 0n) return numerator / denominator;
  return new NumberText(tenDecimals(numerator, denominator));
}

// Only m and M differ; the others may be written either way.
function factorOf(unit: string): Rational | undefined {
  if (unit === 'm') return milli;
  const match = /^(?:([kKMgGtTpPeE]?)|([kKmMgGtTpPeE])i)$/.exec(unit);
  if (match === null) return undefined;
  const [, decimal, binary] = match;
  const power = BigInt(powers.indexOf((decimal ?? binary ?? '').toLowerCase()));
  return { numerator: binary === undefined ? 1000n ** power : 1024n ** power, denominator: 1n };
}

function parseBytes(text: string): bigint | undefined {
  const amount = parseAmount(lowerCase(text).replaceAll('"', ''));
  const match = amount === undefined ? null : /^([kmgtpe])(i?)b?$/.exec(amount.unit);
  if (amount?.value === undefined || (match === null && amount.unit !== '')) return undefined;
  const [, letter = '', binary = ''] = match ?? [];
  const power = BigInt(powers.indexOf(letter));
  const factor = binary === '' ? 1000n ** power : 1024n ** power;
  // OPA multiplies in floating point of 64 bits, and cuts off what is after the point.
  const rounded = roundTo64Bits(amount.value);
  const product = roundTo64Bits({ ...rounded, numerator: rounded.numerator * factor });
  return product.numerator / product.denominator;
}

function lowerCase(text: string): string {
  // The one letter that Go lowers to another one.
  return text.replaceAll('İ', 'i').toLowerCase();
}

/** Splits where the unit begins: an e belongs to the number when a digit or a sign follows. */
function parseAmount(text: string): { readonly value: Rational | undefined; readonly unit: string } | undefined {
  if (text.length > maxAmountLength) throw tooLarge();
  if (text.includes(' ')) return undefined;
  const number = /^(?:[\d.+-]|[eE](?=[\d+-])[+-]?)*/.exec(text)?.[0] ?? '';
  // Behind an e, six digits are the most.
  if (number === '' || /[eE][+-]?\d{7}/.test(number)) return undefined;
  return { value: parseRational(number), unit: text.slice(number.length) };
}

function parseRational(text: string): Rational | undefined {
  const match = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText) - fraction.length;
  if (Math.abs(exponent) > maxExponent || whole.length > maxExponent) throw tooLarge();
  const digits = BigInt(`${sign}${whole}${fraction}`);
  return exponent >= 0
    ? { numerator: digits * 10n ** BigInt(exponent), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-exponent) };
}

function roundTo64Bits({ numerator, denominator }: Rational): Rational {
  const absolute = numerator < 0n ? -numerator : numerator;
  if (absolute === 0n) return { numerator, denominator };
  let shift = bitLength(denominator) - bitLength(absolute) + 64;
  let scaled = scale(absolute, denominator, shift);
  if (bitLength(scaled.quotient) > 64) scaled = scale(absolute, denominator, --shift);
  const { quotient, remainder, divisor } = scaled;
  const up = remainder * 2n > divisor || (remainder * 2n === divisor && quotient % 2n === 1n);
  const mantissa = (up ? quotient + 1n : quotient) * (numerator < 0n ? -1n : 1n);
  return shift >= 0
    ? { numerator: mantissa, denominator: 2n ** BigInt(shift) }
    : { numerator: mantissa << BigInt(-shift), denominator: 1n };
}

function scale(numerator: bigint, denominator: bigint, shift: number): Record<'quotient' | 'remainder' | 'divisor', bigint> {
  const dividend = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  return { quotient: dividend / divisor, remainder: dividend % divisor, divisor };
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** Halves are rounded away from zero. */
function tenDecimals(numerator: bigint, denominator: bigint): string {
  const absolute = numerator < 0n ? -numerator : numerator;
  const scaled = (absolute * 10n ** 10n * 2n + denominator) / (denominator * 2n);
  const digits = scaled.toString().padStart(11, '0');
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

// Reads numbers as OPA's builtins take them: exactly, whatever their notation. Pure.
import { NumberText, type RegoValue } from './rego-value.ts';

/** sign × 0.digits × 10^exponent; digits have no zero at either end, and zero has none at all. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

/** Returns the text of a number, or undefined for what is none. */
export function numberText(value: RegoValue | undefined): string | undefined {
  if (value instanceof NumberText) return value.text;
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : undefined;
}

export function fitsInt64(value: bigint): boolean {
  return value >= minInt64 && value <= maxInt64;
}

/** Returns what OPA takes for an int: up to 19 digits, and nothing but zeros after a point; no exponent. */
export function intOperand(value: RegoValue | undefined): bigint | undefined {
  const text = numberText(value);
  const match = text === undefined ? null : /^[+-]?(\d+)(?:\.(0*))?$/.exec(text);
  if (match === null || text === undefined || text.replace(/^[+-]/, '').length > 19) return undefined;
  const whole = BigInt(text.replace(/\..*/, '').replace(/^\+/, ''));
  return fitsInt64(whole) ? whole : undefined;
}

/** Returns a whole number in any notation, 1e3 and 2.0 included, or undefined; also for one of more than 400 digits. */
export function wholeNumber(value: RegoValue | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  const text = numberText(value);
  const decimal = text === undefined ? undefined : decimalOf(text);
  if (decimal === undefined || decimal.exponent > 400 || decimal.digits.length > Math.max(decimal.exponent, 0)) return undefined;
  const absolute = BigInt(decimal.digits.padEnd(decimal.exponent, '0') || '0');
  return decimal.negative ? -absolute : absolute;
}

/** Takes a number's text apart, or returns undefined. */
export function decimalOf(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const all = whole + fraction;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = withoutTrailingZeros(all.slice(leading));
  if (digits === '') return { negative: false, digits, exponent: 0 };
  return { negative: sign === '-', digits, exponent: whole.length - leading + Number(exponentText) };
}

// A regular expression like /0+$/ would look at each run of zeros again and again.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

/** Orders two numbers by their texts: negative, zero or positive. What is no number is zero. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [decimalOf(a) ?? zero, decimalOf(b) ?? zero];
  const sign = (left.negative ? -1 : Number(left.digits !== '')) - (right.negative ? -1 : Number(right.digits !== ''));
  if (sign !== 0 || left.digits === '') return sign;
  const bySize = left.exponent - right.exponent || (left.digits < right.digits ? -1 : Number(left.digits > right.digits));
  return left.negative ? -bySize : bySize;
}

const zero: Decimal = { negative: false, digits: '', exponent: 0 };

// Times and durations as OPA reads them, to the nanosecond: what `time.*` of Rego is made of. Pure.
import { formatFloat } from './builtins/go-float.ts';

const timePattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
const durationPattern = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|[smhdwy]))+)$/;
const unitsNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
// OPA's own addition to Go's units.
const hoursByUnit: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };
export const nsPerSecond = 1_000_000_000n;
// Go keeps both in an int64, and OPA refuses what does not fit.
const maxNs = 2n ** 63n - 1n;
const minNs = -(2n ** 63n);

/** Returns nanoseconds since 1970, or undefined when the text is not an RFC 3339 time or not between 1677 and 2262. */
export function parseTimeNs(text: string): bigint | undefined {
  const match = timePattern.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = '', sign = '+', offsetHour = '0', offsetMinute = '0'] = match;
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHour) > 24 || Number(offsetMinute) > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // JavaScript turns 31 April into 1 May; Go refuses it.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const offsetMs = (sign === '-' ? -60_000 : 60_000) * (Number(offsetHour) * 60 + Number(offsetMinute));
  const wholeNs = BigInt(date.getTime() - offsetMs) * 1_000_000n;
  return inInt64Range(wholeNs + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
}

/** Returns nanoseconds, or undefined when the text is not a duration (1h30m, 1.5h, -20ms, 2d) or does not fit. */
export function parseDurationNs(text: string): bigint | undefined {
  if (/^[+-]?0$/.test(text)) return 0n;
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, parts = ''] = match;
  // OPA reads durations with its own units by a grammar that lacks one of the two letters for micro.
  if (/[dwy]/.test(parts) && parts.includes('μ')) return undefined;
  let totalNs = 0n;
  for (const [, digits = '', unit = ''] of parts.matchAll(/([\d.]+)(\D+)/g)) {
    const partNs = durationPartNs(digits, unit);
    if (partNs === undefined) return undefined;
    totalNs += partNs;
    // Go counts in an int64: what goes beyond it between the parts is refused too.
    if (totalNs > maxNs + 1n) return undefined;
  }
  return inInt64Range(sign === '-' ? -totalNs : totalNs);
}

function durationPartNs(digits: string, unit: string): bigint | undefined {
  const hours = hoursByUnit[unit];
  // OPA turns days, weeks and years into a decimal number of hours, with the rounding that this brings.
  if (hours !== undefined) {
    const count = Number(digits) * hours;
    return Number.isFinite(count) ? durationPartNs(formatFloat(count, 'f', -1), 'h') : undefined;
  }
  const [whole = '', fraction = ''] = digits.split('.');
  const unitNs = unitsNs[unit];
  if (unitNs === undefined || withoutLeadingZeros(whole).length > 19) return undefined;
  return BigInt(whole === '' ? 0 : whole) * unitNs + fractionNs(fraction, unitNs);
}

// Go keeps as many digits of a fraction as an int64 holds, and multiplies them in floating point.
function fractionNs(fraction: string, unitNs: bigint): bigint {
  let digits = fraction.slice(0, 19);
  while (BigInt(digits === '' ? 0 : digits) > maxNs + 1n) digits = digits.slice(0, -1);
  const scale = 10 ** digits.length;
  return BigInt(Math.floor(Number(digits) * (Number(unitNs) / scale)));
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+/, '');
}

/** Returns the value if an int64 holds it: as far as times and durations go. */
export function inInt64Range(ns: bigint): bigint | undefined {
  return ns >= minNs && ns <= maxNs ? ns : undefined;
}

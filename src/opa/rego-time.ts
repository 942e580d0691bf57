// Times and durations as OPA reads them, to the nanosecond: what `time.*` of Rego is made of. Pure.

const timePattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
const durationPattern = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|[smhdwy]))+)$/;
const unitsNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  // OPA's own addition to Go's: 24 hours, 7 and 365 times that.
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};
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
  return inRange(wholeNs + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
}

/** Returns nanoseconds, or undefined when the text is not a duration (1h30m, 1.5h, -20ms, 2d) or does not fit. */
export function parseDurationNs(text: string): bigint | undefined {
  if (/^[+-]?0$/.test(text)) return 0n;
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, parts = ''] = match;
  let totalNs = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of parts.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|[smhdwy])/g)) {
    const unitNs = unitsNs[unit] ?? 0n;
    totalNs +=
      BigInt(whole === '' ? 0 : whole) * unitNs + (BigInt(fraction === '' ? 0 : fraction) * unitNs) / 10n ** BigInt(fraction.length);
  }
  return inRange(sign === '-' ? -totalNs : totalNs);
}

function inRange(ns: bigint): bigint | undefined {
  return ns >= minNs && ns <= maxNs ? ns : undefined;
}

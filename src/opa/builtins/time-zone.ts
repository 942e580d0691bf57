// Offsets of time zones, by the IANA names that Go knows, from the zone data in Node. Reads no clock.

/** Returns the offset in seconds at an instant given in seconds since 1970. */
export type ZoneOffset = (unixSeconds: number) => number;

/** Returns the zone, or undefined when there is none of that name. Throws for `Local`, which depends on the machine. */
export function zoneOf(name: string): ZoneOffset | undefined {
  if (name === '' || name === 'UTC') return utc;
  if (name === 'Local') throw new Error('the time zone Local depends on where a rule runs: name the zone');
  // Intl also takes offsets, and any case; Go has files.
  if (!/^[A-Z]/.test(name)) return undefined;
  const format = zoneFormat(name);
  return format === undefined ? undefined : (unixSeconds) => offsetAt(format, unixSeconds);
}

export const utc: ZoneOffset = () => 0;

function zoneFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    const numbers = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
    const format = new Intl.DateTimeFormat('en-US', { timeZone, era: 'short', hourCycle: 'h23', ...numbers });
    const known = format.resolvedOptions().timeZone;
    return known !== timeZone && known.toLowerCase() === timeZone.toLowerCase() ? undefined : format;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetAt(format: Intl.DateTimeFormat, unixSeconds: number): number {
  // What zones were before 1970 differs between editions of the zone data.
  if (unixSeconds < 0) throw new Error('times before 1970 are known in UTC only');
  const parts = new Map(format.formatToParts(unixSeconds * 1000).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local / 1000 - unixSeconds;
}

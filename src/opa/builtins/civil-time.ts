// An instant as calendar and clock show it in a zone, and back. Pure.
import { inInt64Range, nsPerSecond } from '../rego-time.ts';
import { utc, type ZoneOffset } from './time-zone.ts';

/** Month from 1, weekday from 0 (Sunday), yearDay from 1. */
export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly offsetSeconds: number;
}

/** What must be given to name an instant; days and months beyond their range carry over. */
export type CivilDate = Omit<CivilTime, 'weekday' | 'yearDay' | 'offsetSeconds'>;

export function civilTime(ns: bigint, zone: ZoneOffset): CivilTime {
  const nanosecond = Number(((ns % nsPerSecond) + nsPerSecond) % nsPerSecond);
  const unixSeconds = Number((ns - BigInt(nanosecond)) / nsPerSecond);
  const offsetSeconds = zone(unixSeconds);
  const date = new Date((unixSeconds + offsetSeconds) * 1000);
  const year = date.getUTCFullYear();
  const midnight = Date.UTC(year, date.getUTCMonth(), date.getUTCDate());
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
    weekday: date.getUTCDay(),
    yearDay: (midnight - Date.UTC(year, 0, 1)) / 86_400_000 + 1,
    offsetSeconds,
  };
}

/** Returns nanoseconds since 1970, or undefined when they do not fit an int64. In the hour that a zone skips or repeats: as Go decides. */
export function instantOf(civil: CivilDate, zone: ZoneOffset = utc): bigint | undefined {
  const date = new Date(0);
  date.setUTCFullYear(civil.year, civil.month - 1, civil.day);
  date.setUTCHours(civil.hour, civil.minute, civil.second);
  const local = date.getTime() / 1000;
  // No zone is asked about what fits no int64 (9,223,372,037 seconds) anyway; years beyond some hundred thousand are no Date at all.
  if (!(Math.abs(local) < 9_223_500_000)) return undefined;
  const guess = zone === utc ? 0 : zone(local);
  const offset = guess === 0 ? 0 : zone(local - guess);
  return inInt64Range(BigInt(local - offset) * nsPerSecond + BigInt(civil.nanosecond));
}

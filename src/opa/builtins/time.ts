// The `time` builtins of Rego on given times; the current time is not among them. Pure.
import { parseDurationNs, parseTimeNs } from '../rego-time.ts';
import { type CivilTime, civilTime, instantOf } from './civil-time.ts';
import { fitsInt64, intOperand, numberText, wholeNumber } from './numbers.ts';
import { isArray, type RegoFunction, type RegoValue } from './rego-value.ts';
import { formatTime } from './time-format.ts';
import { layoutOf, longDays } from './time-layout.ts';
import { parseTime } from './time-parse.ts';
import { utc, type ZoneOffset, zoneOf } from './time-zone.ts';

/** By name, as a module asks for them. */
export const timeBuiltins: Readonly<Record<string, RegoFunction>> = {
  'time.parse_rfc3339_ns': (text) => (typeof text === 'string' ? (parseTimeNs(text) ?? parseTime(layoutOf('RFC3339'), text)) : undefined),
  'time.parse_ns': (layout, text) =>
    typeof layout === 'string' && typeof text === 'string' ? parseTime(layoutOf(layout), text) : undefined,
  'time.parse_duration_ns': (text) => (typeof text === 'string' ? parseDurationNs(text) : undefined),
  'time.format': (when) => {
    const moment = momentOf(when);
    if (moment === undefined) return undefined;
    return formatTime(moment.civil, moment.layout === '' ? layoutOf('RFC3339Nano') : layoutOf(moment.layout), moment.zone === utc);
  },
  'time.date': ofCivil(({ year, month, day }) => [year, month, day]),
  'time.clock': ofCivil(({ hour, minute, second }) => [hour, minute, second]),
  'time.weekday': ofCivil(({ weekday }) => longDays[weekday]),
  'time.add_date': addDate,
  'time.diff': difference,
};

interface Moment {
  readonly ns: bigint;
  readonly zone: ZoneOffset;
  readonly layout: string;
  readonly civil: CivilTime;
}

/** Reads `ns`, `[ns, zone]` or `[ns, zone, layout]`. */
function momentOf(value: RegoValue | undefined): Moment | undefined {
  const [number, zoneName = '', layout = ''] = isArray(value) ? value : [value];
  if (numberText(number) === undefined || typeof zoneName !== 'string' || typeof layout !== 'string') return undefined;
  const ns = wholeNumber(number);
  const zone = zoneOf(zoneName);
  if (ns === undefined || !fitsInt64(ns) || zone === undefined) return undefined;
  return { ns, zone, layout, civil: civilTime(ns, zone) };
}

function ofCivil(part: (civil: CivilTime) => RegoValue | undefined): RegoFunction {
  return (when) => {
    const moment = momentOf(when);
    return moment === undefined ? undefined : part(moment.civil);
  };
}

function addDate(...[when, ...steps]: readonly RegoValue[]): bigint | undefined {
  const moment = momentOf(when);
  const [years, months, days] = steps.map(intOperand);
  if (moment === undefined || years === undefined || months === undefined || days === undefined) return undefined;
  const { civil, zone } = moment;
  // Months are carried into the year, then days into the month, as Date does itself; Go's int64 may overflow, which fits no date either.
  const added = { year: civil.year + Number(years), month: civil.month + Number(months), day: civil.day + Number(days) };
  return instantOf({ ...civil, ...added }, zone);
}

function difference(first: RegoValue | undefined, second: RegoValue | undefined): RegoValue | undefined {
  const [a, b] = [momentOf(first), momentOf(second)];
  if (a === undefined || b === undefined) return undefined;
  const [earlier, later] = a.ns > b.ns ? [b.ns, a.ns] : [a.ns, b.ns];
  const [from, to] = [civilTime(earlier, a.zone), civilTime(later, a.zone)];
  let [year, month, day] = [to.year - from.year, to.month - from.month, to.day - from.day];
  let [hour, minute, second_] = [to.hour - from.hour, to.minute - from.minute, to.second - from.second];
  if (second_ < 0) [second_, minute] = [second_ + 60, minute - 1];
  if (minute < 0) [minute, hour] = [minute + 60, hour - 1];
  if (hour < 0) [hour, day] = [hour + 24, day - 1];
  if (day < 0) [day, month] = [day + new Date(Date.UTC(from.year, from.month, 0)).getUTCDate(), month - 1];
  if (month < 0) [month, year] = [month + 12, year - 1];
  return [year, month, day, hour, minute, second_];
}

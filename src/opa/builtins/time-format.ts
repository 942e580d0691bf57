// `time.format`: a time in a layout of Go. Pure.
import type { CivilTime } from './civil-time.ts';
import { isFraction, layoutChunks, longDays, longMonths } from './time-layout.ts';

/** Returns the text. Throws when the layout wants the letters of a zone (`MST`) and it is not UTC: only the zone data of Go have them. */
export function formatTime(time: CivilTime, layout: string, isUtc: boolean): string {
  return layoutChunks(layout)
    .map(({ prefix, element }) => prefix + (element === undefined ? '' : formatElement(element, time, isUtc)))
    .join('');
}

function formatElement(element: string, time: CivilTime, isUtc: boolean): string {
  if (isFraction(element)) return formatFraction(element, time.nanosecond);
  if (/^[Z-]07/.test(element)) return formatOffset(element, time.offsetSeconds);
  if (element === 'MST') {
    if (!isUtc) throw new Error('time.format: the letters of a zone other than UTC are not known, write -0700 in the layout');
    return 'UTC';
  }
  return formatDate(element, time) ?? formatClock(element, time);
}

function formatDate(element: string, { year, month, day, weekday, yearDay }: CivilTime): string | undefined {
  const [monthName = '', dayName = ''] = [longMonths[month - 1], longDays[weekday]];
  switch (element) {
    case '2006':
      return String(year).padStart(4, '0');
    case '06':
      return pad(year % 100);
    case 'January':
      return monthName;
    case 'Jan':
      return monthName.slice(0, 3);
    case '1':
      return String(month);
    case '01':
      return pad(month);
    case 'Monday':
      return dayName;
    case 'Mon':
      return dayName.slice(0, 3);
    case '2':
      return String(day);
    case '_2':
      return String(day).padStart(2, ' ');
    case '02':
      return pad(day);
    case '__2':
      return String(yearDay).padStart(3, ' ');
    case '002':
      return String(yearDay).padStart(3, '0');
    default:
      return undefined;
  }
}

function formatClock(element: string, { hour, minute, second }: CivilTime): string {
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  switch (element) {
    case '15':
      return pad(hour);
    case '3':
      return String(hour12);
    case '03':
      return pad(hour12);
    case '4':
      return String(minute);
    case '04':
      return pad(minute);
    case '5':
      return String(second);
    case '05':
      return pad(second);
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM';
    default:
      return hour >= 12 ? 'pm' : 'am';
  }
}

function formatFraction(element: string, nanosecond: number): string {
  // Go writes nine digits at most, and some of them when fewer are asked for.
  const digits = String(nanosecond)
    .padStart(9, '0')
    .slice(0, element.length - 1);
  if (element[1] === '0') return `${element[0]}${digits}`;
  const shown = digits.replace(/0+$/, '');
  return shown === '' ? '' : `${element[0]}${shown}`;
}

function formatOffset(element: string, offsetSeconds: number): string {
  if (element.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const absolute = Math.abs(offsetSeconds);
  const [hours, minutes, seconds] = [Math.floor(absolute / 3600), Math.floor(absolute / 60) % 60, absolute % 60];
  const colon = element.includes(':') ? ':' : '';
  const digits = element.replace(/\D/g, '').length;
  const sign = offsetSeconds <= -60 ? '-' : '+';
  return `${sign}${pad(hours)}${digits > 2 ? `${colon}${pad(minutes)}` : ''}${digits > 4 ? `${colon}${pad(seconds)}` : ''}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

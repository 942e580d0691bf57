// `time.parse_ns`: reads a time by a layout of Go. Pure.
import { instantOf } from './civil-time.ts';
import { isFraction, type LayoutChunk, layoutChunks, longDays, longMonths } from './time-layout.ts';

/** Returns nanoseconds since 1970, or undefined when the text is not of that layout, or no time, or not between 1677 and 2262. */
export function parseTime(layout: string, text: string): bigint | undefined {
  const reading = new Reading(text);
  const chunks = layoutChunks(layout);
  for (const [index, chunk] of chunks.entries()) {
    if (!reading.skip(chunk.prefix)) return undefined;
    if (chunk.element !== undefined && !reading.take(chunk.element, chunks[index + 1])) return undefined;
  }
  return reading.isAtEnd() ? reading.instant() : undefined;
}

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

class Reading {
  readonly #text: string;
  #at = 0;
  #year = 0;
  #month: number | undefined;
  #day: number | undefined;
  #yearDay: number | undefined;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #nanosecond = 0;
  #half: 'am' | 'pm' | undefined;
  #offsetSeconds = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Spaces in a layout stand for any number of spaces. */
  skip(prefix: string): boolean {
    for (let index = 0; index < prefix.length; ) {
      if (prefix[index] === ' ') {
        if (!this.isAtEnd() && this.#text[this.#at] !== ' ') return false;
        while (prefix[index] === ' ') index++;
        while (this.#text[this.#at] === ' ') this.#at++;
      } else if (prefix[index++] !== this.#text[this.#at++]) return false;
    }
    return true;
  }

  take(element: string, next: LayoutChunk | undefined): boolean {
    if (isFraction(element)) return this.#takeFraction(element);
    if (/^[Z-]07/.test(element)) return this.#takeOffset(element);
    if (element === 'MST') return this.#takeZoneName();
    return this.#takeDate(element) ?? this.#takeClock(element, next);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #digits(pattern: RegExp): number | undefined {
    const match = this.#match(pattern);
    return match === undefined ? undefined : Number(match[0]);
  }

  #name(names: readonly string[]): number | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 9).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()));
    if (index === -1) return undefined;
    this.#at += names[index]?.length ?? 0;
    return index;
  }

  #takeDate(element: string): boolean | undefined {
    switch (element) {
      case '2006':
        return this.#setYear(this.#digits(/\d{4}/y));
      case '06':
        return this.#setShortYear(this.#digits(/\d\d|[+-]\d/y));
      case 'January':
        return this.#setMonth(this.#name(longMonths));
      case 'Jan':
        return this.#setMonth(this.#name(longMonths.map((name) => name.slice(0, 3))));
      case '1':
        return this.#setMonth(minusOne(this.#digits(/\d\d?/y)));
      case '01':
        return this.#setMonth(minusOne(this.#digits(/\d\d/y)));
      case 'Monday':
        return this.#name(longDays) !== undefined;
      case 'Mon':
        return this.#name(longDays.map((name) => name.slice(0, 3))) !== undefined;
      case '2':
        return this.#setDay(this.#digits(/\d\d?/y));
      case '_2':
        return this.#setDay(this.#digits(/ ?\d\d?/y));
      case '02':
        return this.#setDay(this.#digits(/\d\d/y));
      case '__2':
        return this.#setYearDay(this.#digits(/ {0,2}\d{1,3}/y));
      case '002':
        return this.#setYearDay(this.#digits(/\d{3}/y));
      default:
        return undefined;
    }
  }

  #setYear(year: number | undefined): boolean {
    this.#year = year ?? 0;
    return year !== undefined;
  }

  #setShortYear(year: number | undefined): boolean {
    return this.#setYear(year === undefined ? undefined : year + (year >= 69 ? 1900 : 2000));
  }

  #setMonth(index: number | undefined): boolean {
    this.#month = index === undefined ? undefined : index + 1;
    return index !== undefined && index >= 0 && index < 12;
  }

  #setDay(day: number | undefined): boolean {
    this.#day = day;
    return day !== undefined;
  }

  #setYearDay(day: number | undefined): boolean {
    this.#yearDay = day;
    return day !== undefined;
  }

  #takeClock(element: string, next: LayoutChunk | undefined): boolean {
    switch (element) {
      case '15':
        return this.#setHour(this.#digits(/\d\d?/y), 23);
      case '3':
        return this.#setHour(this.#digits(/\d\d?/y), 12);
      case '03':
        return this.#setHour(this.#digits(/\d\d/y), 12);
      case '4':
      case '04':
        this.#minute = this.#digits(element === '4' ? /\d\d?/y : /\d\d/y) ?? 60;
        return this.#minute < 60;
      case '5':
      case '05':
        this.#second = this.#digits(element === '5' ? /\d\d?/y : /\d\d/y) ?? 60;
        return this.#second < 60 && this.#takeUnaskedFraction(next);
      default:
        return this.#takeHalf(element === 'PM' ? /AM|PM/y : /am|pm/y);
    }
  }

  #setHour(hour: number | undefined, most: number): boolean {
    this.#hour = hour ?? 0;
    return hour !== undefined && hour <= most;
  }

  #takeHalf(pattern: RegExp): boolean {
    const half = this.#match(pattern)?.[0].toLowerCase();
    if (half === 'am' || half === 'pm') this.#half = half === 'pm' || this.#half === 'pm' ? 'pm' : 'am';
    return half !== undefined;
  }

  /** A fraction may follow the seconds although the layout has none. */
  #takeUnaskedFraction(next: LayoutChunk | undefined): boolean {
    if (!isFraction(next?.element)) this.#setFraction(this.#match(/[.,](\d+)/y)?.[1]);
    return true;
  }

  #setFraction(digits: string | undefined): void {
    if (digits !== undefined) this.#nanosecond = Number(digits.slice(0, 9).padEnd(9, '0'));
  }

  #takeFraction(element: string): boolean {
    if (element[1] === '9') {
      this.#setFraction(this.#match(/[.,](\d+)/y)?.[1]);
      return true;
    }
    const part = this.#text.slice(this.#at, this.#at + element.length);
    if (part.length < element.length || !/^[.,]\d{1,9}/.test(part) || !/^.\d*$/.test(part.slice(0, 10))) return false;
    this.#at += part.length;
    this.#setFraction(part.slice(1));
    return true;
  }

  #takeOffset(element: string): boolean {
    if (element.startsWith('Z') && this.#text[this.#at] === 'Z') {
      this.#at++;
      this.#offsetSeconds = 0;
      return true;
    }
    const colon = element.includes(':') ? ':' : '';
    const parts = ['', `${colon}(\\d\\d)`, `${colon}(\\d\\d)${colon}(\\d\\d)`][element.replace(/\D/g, '').length / 2 - 1] ?? '';
    const match = this.#match(new RegExp(`([+-])(\\d\\d)${parts}`, 'y'));
    if (match === undefined) return false;
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    // Some write 24 hours or 60 minutes, and Go lets them.
    if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return false;
    this.#offsetSeconds = (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds));
    return true;
  }

  /** The letters of a zone say nothing without zone data: the time counts as UTC, as where OPA runs in UTC. */
  #takeZoneName(): boolean {
    const name = this.#match(/UTC|GMT(?:[+-]0*(?:1?\d|2[0-3])(?!\d))?|ChST|MeST|[+-]0*(?:1?\d|2[0-3])(?!\d)|[A-Z]{3,}/y)?.[0];
    if (name === undefined) return false;
    if (!/^[A-Z]{4,}$/.test(name)) return true;
    return name.length === 4 ? name.endsWith('T') || name === 'WITA' : name.length === 5 && name.endsWith('T');
  }

  instant(): bigint | undefined {
    const hour = this.#half === 'pm' && this.#hour < 12 ? this.#hour + 12 : this.#half === 'am' && this.#hour === 12 ? 0 : this.#hour;
    const date = this.#yearDay === undefined ? { month: this.#month ?? 1, day: this.#day ?? 1 } : this.#dateOfYearDay(this.#yearDay);
    if (date === undefined || date.day < 1 || date.day > daysIn(date.month, this.#year)) return undefined;
    return instantOf({
      year: this.#year,
      ...date,
      hour,
      minute: this.#minute,
      second: this.#second - this.#offsetSeconds,
      nanosecond: this.#nanosecond,
    });
  }

  #dateOfYearDay(yearDay: number): { readonly month: number; readonly day: number } | undefined {
    const leap = isLeap(this.#year);
    if (yearDay < 1 || yearDay > (leap ? 366 : 365)) return undefined;
    const isLeapDay = leap && yearDay === 60;
    const plain = leap && yearDay > 60 ? yearDay - 1 : yearDay;
    const month = isLeapDay ? 2 : daysBefore.findLastIndex((days) => days < plain) + 1;
    const day = isLeapDay ? 29 : plain - (daysBefore[month - 1] ?? 0);
    if (this.#month !== undefined && this.#month !== month) return undefined;
    return this.#day !== undefined && this.#day !== day ? undefined : { month, day };
  }
}

function minusOne(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value - 1;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(month: number, year: number): number {
  return month === 2 && isLeap(year) ? 29 : (daysBefore[month] ?? 0) - (daysBefore[month - 1] ?? 0);
}

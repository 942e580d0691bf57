// Reads the text in which a module dumps a value: JSON, or Rego where there are sets or keys that are not strings. Pure.
import { KeyedObject, NumberText, RegoSet, type RegoValue } from './rego-value.ts';

// Whatever JSON.parse could change: a point, an exponent, many digits, a minus before zero. A text that looks like it costs time only.
const delicateNumber = /\d[.eE]|\d{16}|-0/;

/** Returns the value. Throws when the text is not what `opa_value_dump` writes. */
export function readValue(text: string): RegoValue {
  if (delicateNumber.test(text)) return new ValueReader(text).whole();
  try {
    // JSON.parse is many times faster. Its result is made of what RegoValue names.
    return JSON.parse(text) as RegoValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new ValueReader(text).whole();
  }
}

/** Returns a number by its text, without losing what the text says. */
export function numberFrom(source: string): number | bigint | NumberText {
  const value = Number(source);
  if (String(value) === source && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
  return /^-?(0|[1-9]\d*)$/.test(source) && source !== '-0' ? BigInt(source) : new NumberText(source);
}

// Rego's notation beside JSON's: {1, 2}, set(), and any value as a key. JSON.parse with a reviver, which could tell numbers by their texts,
// makes copies of the whole: 2 MiB of empty objects take it 180 MB and most of a second.
class ValueReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): RegoValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#unreadable();
    return value;
  }

  #value(): RegoValue {
    this.#space();
    if (this.#takes('[')) return this.#list(']');
    if (this.#takes('{')) return this.#braces();
    if (this.#takes('set()')) return new RegoSet([]);
    // Sticky, so that each token is read where the last one ended.
    const token = this.#token(/"[^"\\]*(?:\\.[^"\\]*)*"|-?[\d.][\d.eE+-]*|true|false|null/y);
    if (token.startsWith('"')) return String(JSON.parse(token));
    if (token === 'true' || token === 'false') return token === 'true';
    return token === 'null' ? null : numberFrom(token);
  }

  #list(end: string): RegoValue[] {
    const elements: RegoValue[] = [];
    this.#space();
    if (this.#takes(end)) return elements;
    do elements.push(this.#value());
    while (this.#takes(','));
    this.#expect(end);
    return elements;
  }

  #braces(): RegoValue {
    this.#space();
    if (this.#takes('}')) return {};
    const first = this.#value();
    this.#space();
    if (!this.#takes(':')) {
      const rest = this.#takes(',') ? this.#list('}') : [];
      if (rest.length === 0) this.#expect('}');
      return new RegoSet([first, ...rest]);
    }
    const entries: [RegoValue, RegoValue][] = [[first, this.#value()]];
    while (this.#takes(',')) {
      const key = this.#value();
      this.#expect(':');
      entries.push([key, this.#value()]);
    }
    this.#expect('}');
    const texts = entries.flatMap(([key, value]) => (typeof key === 'string' ? [[key, value] as const] : []));
    return texts.length === entries.length ? Object.fromEntries(texts) : new KeyedObject(entries);
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #takes(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw this.#unreadable();
  }

  #token(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token === undefined) throw this.#unreadable();
    this.#at += token.length;
    return token;
  }

  #unreadable(): Error {
    return new Error(`read an argument: neither JSON nor Rego at character ${this.#at}`);
  }
}

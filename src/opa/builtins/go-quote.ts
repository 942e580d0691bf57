// Quotes text as Go's strconv.Quote does. Pure.
import { BoundedText } from './bounds.ts';

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** What strconv.IsPrint says: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** What `quoteGo` can be asked for: other quotation marks, and escapes for all that is not ASCII. */
export interface QuoteOptions {
  readonly mark?: '"' | "'";
  readonly asciiOnly?: boolean;
}

/** Returns the text in quotation marks, as a literal of Go. Throws when that is longer than an answer. */
export function quoteGo(text: string, options: QuoteOptions = {}): string {
  const { mark = '"', asciiOnly = false } = options;
  const literal = new BoundedText();
  literal.add(mark);
  for (const character of text) literal.add(character === mark ? `\\${mark}` : quoted(character, asciiOnly));
  literal.add(mark);
  return literal.text();
}

function quoted(character: string, asciiOnly: boolean): string {
  const known = escapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x7f ? code >= 0x20 : !asciiOnly && isPrintable(character)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}

/** What strconv.CanBackquote says: one line without backquotes, and no control character but the tab. */
export function canBackquote(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  return !/[\x00-\x08\x0a-\x1f\x7f`\ufeff\ufffd]/.test(text);
}

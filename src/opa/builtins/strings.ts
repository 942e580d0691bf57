// The builtins of Rego on texts that modules do not bring: matching, counting, splitting, encoding. Pure.
import { assertFew, assertFits, BoundedText, fewOf } from './bounds.ts';
import { intOperand } from './numbers.ts';
import { entriesOf, type RegoFunction, RegoSet, type RegoValue, textsOf } from './rego-value.ts';
import { occurrences } from './text-search.ts';
import { compareText } from './value-order.ts';

/** By name, as a module asks for them. */
export const stringBuiltins: Readonly<Record<string, RegoFunction>> = {
  'strings.any_prefix_match': (searched, prefixes) => anyPrefix(searched, prefixes, (text) => text),
  'strings.any_suffix_match': (searched, suffixes) => anyPrefix(searched, suffixes, reversed),
  'strings.count': ofTexts(count),
  'strings.split_n': splitN,
  indexof_n: ofTexts(positions),
  'hex.encode': ofText(hexEncoded),
  'hex.decode': ofText(hexDecoded),
  'base64url.encode_no_pad': ofText((text) => Buffer.from(text).toString('base64url')),
  'urlquery.encode': ofText(queryEncoded),
  'urlquery.decode': ofText(queryDecoded),
  'urlquery.encode_object': encodeObject,
  'urlquery.decode_object': ofText(decodeObject),
};

function ofText(answer: (text: string) => RegoValue | undefined): RegoFunction {
  return (text) => (typeof text === 'string' ? answer(text) : undefined);
}

function ofTexts(answer: (text: string, other: string) => RegoValue | undefined): RegoFunction {
  return (text, other) => (typeof text === 'string' && typeof other === 'string' ? answer(text, other) : undefined);
}

function anyPrefix(searched: RegoValue | undefined, affixes: RegoValue | undefined, turn: (text: string) => string): boolean | undefined {
  const [texts, prefixes] = [searched, affixes].map((operand) => (typeof operand === 'string' ? [operand] : textsOf(operand)));
  if (texts === undefined || prefixes === undefined) return undefined;
  // Texts with a common beginning are neighbours when sorted, and the first one at or after the beginning tells of all.
  const sorted = texts.map(turn).sort();
  return prefixes.map(turn).some((prefix) => sorted[firstNotBefore(sorted, prefix)]?.startsWith(prefix) === true);
}

function firstNotBefore(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By halves of characters: it is for comparing only. */
function reversed(text: string): string {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(text.length - 1 - at);
  return Buffer.from(units.buffer).toString('utf16le');
}

function count(text: string, searched: string): number {
  return searched === '' ? countOf(text) + 1 : countOf(occurrences(text, searched, { overlapping: false }));
}

function countOf(found: Iterable<unknown>): number {
  let counted = 0;
  for (const _ of found) counted++;
  return counted;
}

function splitN(
  text: RegoValue | undefined,
  delimiter: RegoValue | undefined,
  limit: RegoValue | undefined,
): readonly string[] | undefined {
  const most = Number(intOperand(limit));
  if (typeof text !== 'string' || typeof delimiter !== 'string' || Number.isNaN(most)) return undefined;
  // A negative limit asks for the last parts.
  const [first, end] = most >= 0 ? [0, most] : [countOf(partsOf(text, delimiter)) + most, Number.POSITIVE_INFINITY];
  return fewOf(between(partsOf(text, delimiter), first, end));
}

function* between<Part>(parts: Iterable<Part>, first: number, end: number): Generator<Part> {
  let index = 0;
  for (const part of parts) {
    if (index >= end) return;
    if (index++ >= first) yield part;
  }
}

/** Without a delimiter the parts are the characters. */
function* partsOf(text: string, delimiter: string): Generator<string> {
  if (delimiter === '') {
    yield* text;
    return;
  }
  let from = 0;
  for (const at of occurrences(text, delimiter, { overlapping: false })) {
    yield text.slice(from, at);
    from = at + delimiter.length;
  }
  yield text.slice(from);
}

function positions(text: string, searched: string): readonly number[] | undefined {
  return searched === '' ? undefined : fewOf(characterPositions(text, searched));
}

/** Yields where the text occurs, overlaps included, counted in characters. */
function* characterPositions(text: string, searched: string): Generator<number> {
  let [characters, counted] = [0, 0];
  for (const at of occurrences(text, searched, { overlapping: true })) {
    for (; counted < at; counted++) if (!isLowSurrogate(text.charCodeAt(counted))) characters++;
    yield characters;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

function hexEncoded(text: string): string {
  assertFits(Buffer.byteLength(text) * 2);
  return Buffer.from(text).toString('hex');
}

function hexDecoded(text: string): string | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? textOf(Buffer.from(text, 'hex')) : undefined;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    // Go's strings are any bytes; a value in a module must be a text.
    throw new Error('what a builtin decoded is not UTF-8', { cause });
  }
}

// What a query holds as it is; a space is a plus.
const plainInQuery = /^[A-Za-z0-9_.~ -]$/;

function queryEncoded(text: string): string {
  const bytes = Buffer.from(text);
  const encoded = new BoundedText();
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (plainInQuery.test(character)) encoded.add(character === ' ' ? '+' : character);
    else encoded.add(`%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
  }
  return encoded.text();
}

function queryDecoded(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll('+', ' '));
  const decoded = Buffer.alloc(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isEscape = bytes[at] === 0x25;
    decoded[length++] = isEscape ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : (bytes[at] ?? 0);
    if (isEscape) at += 2;
  }
  return textOf(decoded.subarray(0, length));
}

function encodeObject(object: RegoValue | undefined): string | undefined {
  const pairs: [string, string][] = [];
  const entries = entriesOf(object);
  if (entries === undefined) return undefined;
  for (const [key, value] of entries) {
    const texts = typeof value === 'string' ? [value] : textsOf(value);
    if (typeof key !== 'string' || texts === undefined) return undefined;
    assertFew(pairs.length + texts.length);
    for (const text of value instanceof RegoSet ? texts.toSorted(compareText) : texts) pairs.push([key, text]);
  }
  const query = new BoundedText();
  for (const [index, [key, value]] of pairs.sort(([a], [b]) => compareText(a, b)).entries()) {
    query.add(`${index > 0 ? '&' : ''}${queryEncoded(key)}=`);
    query.add(queryEncoded(value));
  }
  return query.text();
}

function decodeObject(query: string): RegoValue | undefined {
  const decoded = new Map<string, string[]>();
  let pairs = 0;
  for (const pair of partsOf(query, '&')) {
    if (pair === '') continue;
    assertFew(++pairs);
    const equals = pair.indexOf('=');
    const key = queryDecoded(equals === -1 ? pair : pair.slice(0, equals));
    const value = queryDecoded(equals === -1 ? '' : pair.slice(equals + 1));
    if (pair.includes(';') || key === undefined || value === undefined) return undefined;
    const values = decoded.get(key);
    if (values === undefined) decoded.set(key, [value]);
    else values.push(value);
  }
  return Object.fromEntries(decoded);
}

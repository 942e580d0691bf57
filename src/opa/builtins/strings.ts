// The builtins of Rego on texts that modules do not bring: matching, counting, splitting, encoding. Pure.
import { intOperand } from './numbers.ts';
import { entriesOf, type RegoFunction, RegoSet, type RegoValue, textsOf } from './rego-value.ts';
import { compareText } from './value-order.ts';

/** By name, as a module asks for them. */
export const stringBuiltins: Readonly<Record<string, RegoFunction>> = {
  'strings.any_prefix_match': (searched, prefixes) => anyPrefix(searched, prefixes, (text) => text),
  'strings.any_suffix_match': (searched, suffixes) => anyPrefix(searched, suffixes, reversed),
  'strings.count': ofTexts(count),
  'strings.split_n': splitN,
  indexof_n: ofTexts(positions),
  'hex.encode': ofText((text) => Buffer.from(text).toString('hex')),
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

function reversed(text: string): string {
  return Array.from(text).reverse().join('');
}

function count(text: string, searched: string): number {
  if (searched === '') return Array.from(text).length + 1;
  let found = 0;
  for (let at = text.indexOf(searched); at !== -1; at = text.indexOf(searched, at + searched.length)) found++;
  return found;
}

function splitN(
  text: RegoValue | undefined,
  delimiter: RegoValue | undefined,
  limit: RegoValue | undefined,
): readonly string[] | undefined {
  const most = intOperand(limit);
  if (typeof text !== 'string' || typeof delimiter !== 'string' || most === undefined) return undefined;
  const parts = delimiter === '' ? Array.from(text) : text.split(delimiter);
  return most >= 0n ? parts.slice(0, Number(most)) : parts.slice(Math.max(parts.length + Number(most), 0));
}

/** Returns where the text occurs, overlaps included, counted in characters. */
function positions(text: string, searched: string): readonly number[] | undefined {
  if (searched === '') return undefined;
  const found: number[] = [];
  let [characters, counted] = [0, 0];
  for (let at = text.indexOf(searched); at !== -1; at = text.indexOf(searched, at + 1)) {
    for (; counted < at; counted++) if (!isLowSurrogate(text.charCodeAt(counted))) characters++;
    found.push(characters);
  }
  return found;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
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

function queryEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
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
    for (const text of value instanceof RegoSet ? texts.toSorted(compareText) : texts) pairs.push([key, text]);
  }
  return pairs
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, value]) => `${queryEncoded(key)}=${queryEncoded(value)}`)
    .join('&');
}

function decodeObject(query: string): RegoValue | undefined {
  const decoded = new Map<string, string[]>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
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

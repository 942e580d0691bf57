// Reads YAML as kubectl does, and knows where everything in it stands. Pure.
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type Tags,
  type YAMLError,
} from 'yaml';
import { messageOf } from '../failure.ts';
import { type Place, placeAt } from './place.ts';
import { offsetInScalar } from './scalar-offset.ts';
import { hintAboutRego } from './yaml-hints.ts';

export interface YamlProblem extends Place {
  readonly message: string;
  readonly hint?: string;
}

export interface YamlDocument {
  /** Undefined when it cannot be read, and null when it is empty. */
  readonly value: unknown;
  /** At most one, the first: syntax, a key that is there twice, aliases that cannot be followed. */
  readonly problems: readonly YamlProblem[];
  /**
   * Returns where `spec.rules[0].name` stands: the value, or with `name` its key. What is not there has the place of what should hold it.
   */
  readonly placeOf: (path: string, part?: 'value' | 'name') => Place;
  /** Returns where a character of a text stands, which is at a path; offsets count UTF-16 units. Undefined when there is no text. */
  readonly placeInText: (path: string, offset: number) => Place | undefined;
}

/** Parses all documents of a file. Never throws. */
export function parseYaml(text: string, flavor: 'kubectl' | 'plain'): readonly YamlDocument[] {
  const lineCounter = new LineCounter();
  const options = flavor === 'kubectl' ? ({ version: '1.1', customTags: tagsOfKubectl } as const) : {};
  const parsed = parseAllDocuments(text, { ...options, lineCounter, prettyErrors: false, logLevel: 'silent' });
  const documents: readonly Document[] = 'empty' in parsed && parsed.length === 0 ? [] : [...parsed];
  return documents.map((document) => documentOf(document, text));
}

/** YAML 1.1 as it is read on the way to the API server: times and base-60 numbers stay text. */
function tagsOfKubectl(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || (tag.format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp'));
}

function documentOf(document: Document, text: string): YamlDocument {
  const at = (offset: number): Place => placeAt(text, offset);
  const start = document.range?.[0] ?? 0;
  // What follows is mostly of its making.
  const problems = [...document.errors]
    .sort((a, b) => a.pos[0] - b.pos[0])
    .slice(0, 1)
    .map((error): YamlProblem => {
      const hint = hintAboutRego(text.slice(start), error.pos[0] - start);
      return { message: wordsOf(error), ...(hint === undefined ? {} : { hint }), ...at(error.pos[0]) };
    });
  let value: unknown;
  if (problems.length === 0) {
    try {
      value = document.toJS();
    } catch (thrown) {
      // Aliases that blow up; the library says no place.
      problems.push({ message: messageOf(thrown), ...at(document.range?.[0] ?? 0) });
    }
  }
  return {
    value,
    problems,
    placeOf: (path, part = 'value') => at(offsetOf(find(document, path), part) ?? document.range?.[0] ?? 0),
    placeInText: (path, offset) => {
      const { value: node, isWhole } = find(document, path);
      return isWhole && isScalar(node) ? at(offsetInScalar(text, scalarOf(node), offset)) : undefined;
    },
  };
}

function scalarOf({ range, type, value }: Scalar): Parameters<typeof offsetInScalar>[1] {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0, type: type ?? 'PLAIN', value: String(value) };
}

function wordsOf({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice';
  return message.replace(/\.$/, '').replace(/^./, (letter) => letter.toLowerCase());
}

interface Found {
  readonly key?: Node;
  readonly value?: Node;
  /** False when only the beginning of the path is there. */
  readonly isWhole: boolean;
}

/** Follows a path as far as it goes. Keys may have dots in them, as labels do: the longest that fits is meant. */
function find(document: Document, path: string): Found {
  let rest = path.startsWith('[') || path === '' ? path : `.${path}`;
  let found: Found = { ...(document.contents === null ? {} : { value: document.contents }), isWhole: true };
  while (rest !== '') {
    const next = stepInto(document, found.value, rest);
    if (next === undefined) return { ...found, isWhole: false };
    found = { ...next.found, isWhole: true };
    rest = next.rest;
  }
  return isAlias(found.value) ? { ...found, ...resolved(document, found.value) } : found;
}

function stepInto(document: Document, at: Node | undefined, rest: string): { found: Omit<Found, 'isWhole'>; rest: string } | undefined {
  const node = isAlias(at) ? resolved(document, at).value : at;
  const index = /^\[(\d+)\]/.exec(rest);
  if (index !== null) {
    const item = isSeq(node) ? node.items[Number(index[1])] : undefined;
    return isNode(item) ? { found: { value: item }, rest: rest.slice(index[0].length) } : undefined;
  }
  if (!isMap(node) || !rest.startsWith('.')) return undefined;
  const wanted = rest.slice(1);
  const fitting = node.items
    .map((pair) => ({ pair, name: isScalar(pair.key) ? String(pair.key.value) : '' }))
    .filter(({ name }) => wanted === name || wanted.startsWith(`${name}.`) || wanted.startsWith(`${name}[`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (fitting === undefined) return undefined;
  const { key, value } = fitting.pair;
  return { found: { ...(isNode(key) ? { key } : {}), ...(isNode(value) ? { value } : {}) }, rest: wanted.slice(fitting.name.length) };
}

function resolved(document: Document, alias: Node): { value?: Node } {
  const node = isAlias(alias) ? alias.resolve(document) : alias;
  return node === undefined ? {} : { value: node };
}

/** A value of several lines, or of nothing, is pointed at by its key. */
function offsetOf({ key, value, isWhole }: Found, part: 'value' | 'name'): number | undefined {
  const isPlain = isScalar(value) && value.value !== null;
  const node = key !== undefined && (part === 'name' || !isWhole || !isPlain) ? key : (value ?? key);
  return node?.range?.[0];
}

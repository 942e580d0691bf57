// `regex.replace`, `regex.split` and `regex.find_n`: RE2 as OPA's, without its native code. Pure.
import { assertFew, BoundedText, fewOf } from '../bounds.ts';
import { intOperand } from '../numbers.ts';
import type { RegoFunction, RegoValue } from '../rego-value.ts';
import { type Machine, type Match, matchFrom } from './match-regex.ts';
import { parseRegex } from './parse-regex.ts';
import { InvalidRegex, UnsuppliedRegex } from './regex-node.ts';
import { compileRegex } from './regex-program.ts';

/** By name, as a module asks for them. */
export const regexBuiltins: Readonly<Record<string, RegoFunction>> = {
  'regex.replace': (text, pattern, template) =>
    typeof text === 'string' && typeof template === 'string' ? withRegex(pattern, (regex) => replaced(regex, text, template)) : undefined,
  'regex.split': (pattern, text) => (typeof text === 'string' ? withRegex(pattern, (regex) => fewOf(parts(regex, text))) : undefined),
  'regex.find_n': (pattern, text, limit) => {
    const most = intOperand(limit);
    if (typeof text !== 'string' || most === undefined) return undefined;
    return withRegex(pattern, (regex) => fewOf(foundTexts(regex, text, Number(most))));
  },
};

interface Regex extends Machine {
  readonly isEmpty: boolean;
  readonly groupNames: readonly (string | undefined)[];
}

function withRegex(pattern: RegoValue | undefined, answer: (regex: Regex) => RegoValue): RegoValue | undefined {
  if (typeof pattern !== 'string') return undefined;
  try {
    const { root, groupNames } = parseRegex(pattern);
    return answer({ ...compileRegex(root, groupNames.length), groupNames, isEmpty: pattern === '' });
  } catch (error) {
    if (error instanceof InvalidRegex) return undefined;
    if (error instanceof UnsuppliedRegex)
      throw new Error(`${error.message} is not supplied in regex.replace, split and find_n`, { cause: error });
    throw error;
  }
}

/** Matches that do not overlap; an empty one right behind another does not count. Negative: all. */
function* matches(regex: Regex, text: string, most: number): Generator<Match> {
  let [found, previousEnd] = [0, -1];
  for (let at = 0; at <= text.length && (most < 0 || found < most); ) {
    const match = matchFrom(regex, text, at);
    const [start, end] = match ?? [];
    if (match === undefined || start === undefined || end === undefined) break;
    const isEmpty = end === at;
    if (!(isEmpty && start === previousEnd)) {
      found++;
      yield match;
    }
    at = isEmpty ? at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) : end;
    previousEnd = end;
  }
}

function* foundTexts(regex: Regex, text: string, most: number): Generator<string> {
  for (const [start, end] of matches(regex, text, most)) yield text.slice(start, end);
}

function* parts(regex: Regex, text: string): Generator<string> {
  if (!regex.isEmpty && text === '') {
    yield '';
    return;
  }
  let [begin, end] = [0, 0];
  for (const [start = 0, stop = 0] of matches(regex, text, -1)) {
    end = start;
    if (stop !== 0) yield text.slice(begin, end);
    begin = stop;
  }
  if (end !== text.length) yield text.slice(begin);
}

function replaced(regex: Regex, text: string, template: string): string {
  const pieces = templatePieces(template);
  const result = new BoundedText();
  let last = 0;
  for (const match of matches(regex, text, -1)) {
    result.add(text.slice(last, match[0]));
    for (const piece of pieces) result.add(piece.kind === 'text' ? piece.text : groupText(piece.name, { regex, text, match }));
    last = match[1] ?? last;
  }
  result.add(text.slice(last));
  return result.text();
}

type TemplatePiece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'group'; readonly name: string };

/** `$1`, `${1}`, `$name` and `${name}`, the name as long as it can be; `$$` is one of them, and any other `$` itself. */
function templatePieces(template: string): readonly TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let from = 0;
  for (const match of template.matchAll(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu)) {
    assertFew(pieces.length + 2);
    const name = match[1] ?? match[2];
    // Of two dollars the first is kept.
    pieces.push({ kind: 'text', text: template.slice(from, match.index + Number(name === undefined)) });
    if (name !== undefined) pieces.push({ kind: 'group', name });
    from = match.index + match[0].length;
  }
  return [...pieces, { kind: 'text', text: template.slice(from) }];
}

interface Found {
  readonly regex: Regex;
  readonly text: string;
  readonly match: Match;
}

/** A group that there is not is empty. */
function groupText(name: string, { regex, text, match }: Found): string {
  const number = /^(?:0|[1-9]\d{0,7})$/.test(name) ? Number(name) : undefined;
  // Several groups may have a name: the first that took part counts.
  const index = number ?? regex.groupNames.findIndex((groupName, group) => groupName === name && match[group * 2] !== undefined);
  const [start, end] = index < 0 ? [] : [match[index * 2], match[index * 2 + 1]];
  return start === undefined || end === undefined ? '' : text.slice(start, end);
}

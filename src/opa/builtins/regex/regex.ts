// `regex.replace`, `regex.split` and `regex.find_n`: RE2 as OPA's, without its native code. Pure.
import { intOperand } from '../numbers.ts';
import type { RegoFunction, RegoValue } from '../rego-value.ts';
import { assertFits } from '../write-value.ts';
import { type Machine, type Match, matchFrom } from './match-regex.ts';
import { parseRegex } from './parse-regex.ts';
import { InvalidRegex, UnsuppliedRegex } from './regex-node.ts';
import { compileRegex } from './regex-program.ts';

/** By name, as a module asks for them. */
export const regexBuiltins: Readonly<Record<string, RegoFunction>> = {
  'regex.replace': (text, pattern, template) =>
    typeof text === 'string' && typeof template === 'string' ? withRegex(pattern, (regex) => replaced(regex, text, template)) : undefined,
  'regex.split': (pattern, text) => (typeof text === 'string' ? withRegex(pattern, (regex) => parts(regex, text)) : undefined),
  'regex.find_n': (pattern, text, limit) => {
    const most = intOperand(limit);
    if (typeof text !== 'string' || most === undefined) return undefined;
    return withRegex(pattern, (regex) => matches(regex, text, Number(most)).map((match) => text.slice(match[0], match[1])));
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
    return answer({ ...compileRegex(root), groupNames, isEmpty: pattern === '' });
  } catch (error) {
    if (error instanceof InvalidRegex) return undefined;
    if (error instanceof UnsuppliedRegex)
      throw new Error(`${error.message} is not supplied in regex.replace, split and find_n`, { cause: error });
    throw error;
  }
}

/** Matches that do not overlap; an empty one right behind another does not count. Negative: all. */
function matches(regex: Regex, text: string, most: number): readonly Match[] {
  const found: Match[] = [];
  let previousEnd = -1;
  for (let at = 0; at <= text.length && (most < 0 || found.length < most); ) {
    const match = matchFrom(regex, text, at);
    const [start, end] = match ?? [];
    if (match === undefined || start === undefined || end === undefined) break;
    const isEmpty = end === at;
    if (!(isEmpty && start === previousEnd)) found.push(match);
    at = isEmpty ? at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) : end;
    previousEnd = end;
  }
  return found;
}

function parts(regex: Regex, text: string): readonly string[] {
  if (!regex.isEmpty && text === '') return [''];
  const found: string[] = [];
  let [begin, end] = [0, 0];
  for (const [start = 0, stop = 0] of matches(regex, text, -1)) {
    end = start;
    if (stop !== 0) found.push(text.slice(begin, end));
    begin = stop;
  }
  return end === text.length ? found : [...found, text.slice(begin)];
}

function replaced(regex: Regex, text: string, template: string): string {
  const pieces: string[] = [];
  let [last, length] = [0, text.length];
  for (const match of matches(regex, text, -1)) {
    const expanded = expand(template, { regex, text, match });
    length += expanded.length;
    assertFits(length);
    pieces.push(text.slice(last, match[0]), expanded);
    last = match[1] ?? last;
  }
  return pieces.join('') + text.slice(last);
}

interface Found {
  readonly regex: Regex;
  readonly text: string;
  readonly match: Match;
}

/** `$1`, `${1}`, `$name` and `${name}`; the name is as long as it can be, and one that there is not is empty. */
function expand(template: string, { regex, text, match }: Found): string {
  return template.replace(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole.slice(1);
    const number = /^(?:0|[1-9]\d{0,7})$/.test(name) ? Number(name) : undefined;
    // Several groups may have a name: the first that took part counts.
    const index = number ?? regex.groupNames.findIndex((groupName, group) => groupName === name && match[group * 2] !== undefined);
    const [start, end] = index < 0 ? [] : [match[index * 2], match[index * 2 + 1]];
    return start === undefined || end === undefined ? '' : text.slice(start, end);
  });
}

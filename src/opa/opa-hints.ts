// What to do about what opa says: the hint that stands beside its message. Pure.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { closestWord, suggestion } from '../policy/closest-word.ts';
import { hostBuiltins } from './host-builtins.ts';
import { nativeBuiltins } from './native-builtins.ts';

export interface OpaError {
  readonly message: string;
  readonly details: unknown;
  /** The line that it is about; empty when there is none. */
  readonly line: string;
  /** All of the author's text. */
  readonly rego: string;
}

type Hint = (error: OpaError, match: RegExpExecArray) => string | undefined;

/** By the message; the first that fits is asked. */
const hints: readonly (readonly [RegExp, Hint])[] = [
  [/^`(if|contains)` keyword is required/, () => 'this is Rego v0, write `violation contains {"msg": …} if { … }`'],
  [/^undefined ref: /, ({ details }) => hintOfField(isJsonObject(details) ? details : {})],
  [/^undefined function (?!data\.)(\S+)$/, ({ rego }, [, name = '']) => didYouMean(name, [...builtins, ...definedIn(rego)])],
  [/^var _ is unsafe$/, () => 'within `not` nothing may be left open: take it out with `some x in …` before, or into a rule of its own'],
  [/^var (\S+) is unsafe$/, ({ rego }, [, name = '']) => hintOfUnsafe(name, rego)],
  [/^match error$/, ({ details }) => hintOfMatch(isJsonObject(details) ? details : {})],
  [/^(\S+): invalid argument\(s\)$/, ({ details }, [, name = '']) => hintOfArguments(name, isJsonObject(details) ? details : {})],
  [/^(import \S+|assigned var \S+|declared var \S+) unused$/, () => 'remove it'],
  [/^package expected$/, () => 'the text begins with `package`, such as `package our_registry`'],
  [/^unexpected identifier token/, ({ line }) => hintOfSome(line)],
  [/^(illegal token|non-terminated string)/, ({ line }) => (line.includes("'") ? 'texts stand in double quotes' : undefined)],
  [/^unexpected (and|or) token$/, () => 'lines of a body all hold (and); for "or" write the rule twice'],
];

/** Returns the hint, or undefined where there is none to give. */
export function hintOf(error: OpaError): string | undefined {
  for (const [pattern, hint] of hints) {
    const match = pattern.exec(error.message);
    const text = match === null ? undefined : hint(error, match);
    if (text !== undefined) return text;
  }
  return undefined;
}

const builtins: readonly string[] = [...nativeBuiltins, ...hostBuiltins.keys()].filter((name) => !name.startsWith('internal.'));

function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const closest = closestWord(word, candidates);
  return closest === undefined ? undefined : `did you mean \`${closest}\`?`;
}

/** For a misspelt field opa lists those that there are, and for one of a text or number what it is. */
function hintOfField({ ref, pos, oneOf, have }: JsonObject): string | undefined {
  const path = Array.isArray(ref) ? ref.map((term) => (isJsonObject(term) ? String(term.value) : '')) : [];
  const word = path[Number(pos)] ?? '';
  if (Number(pos) === 1 && path[0] === 'input' && word === 'parameters') return 'the rule has none: give it `parameters` in the policy';
  if (isOfWatches(path, Number(pos), oneOf)) return 'the policy names no watch of Xray: name watches in facts.watches';
  if (Array.isArray(oneOf)) return suggestion(word, oneOf.map(String), 'there is');
  return have === undefined ? undefined : `${word} is ${typeText(have)}, which has no fields`;
}

/** Tells whether the field would be there if the policy named watches. Images alone have operational risks. */
function isOfWatches(path: readonly string[], position: number, fields: unknown): boolean {
  const word = path[position];
  if (word === 'watches') return position === 1 && path[0] === 'input';
  return word === 'violations' && Array.isArray(fields) && fields.includes('operationalRisks');
}

function hintOfUnsafe(name: string, rego: string): string {
  const known = ['input', 'data', ...namesIn(rego)].filter((word) => word !== name);
  const closest = didYouMean(name, known);
  const ways = `write \`${name} := …\` or \`some ${name} in …\`, or quotes around it if it is a text`;
  return closest === undefined ? `nothing gives it a value: ${ways}` : `${closest} nothing gives ${name} a value`;
}

/** What is declared, assigned, defined or imported. */
function namesIn(rego: string): readonly string[] {
  const declared = rego.matchAll(/\b(?:some|every) +(\w+)(?:, *(\w+))?|\b(\w+) *:=/g);
  const imported = [...rego.matchAll(/^import +(\S+)/gm)].map(([, path = '']) => path.split('.').at(-1) ?? '');
  const names = [...declared].flatMap(([, ...found]) => found.filter((name) => name !== undefined));
  return [...new Set([...names, ...imported, ...definedIn(rego)])];
}

function definedIn(rego: string): readonly string[] {
  const reserved = ['package', 'import', 'default', 'some', 'not'];
  return [...new Set([...rego.matchAll(/^(\w+)/gm)].map(([name]) => name))].filter((name) => !reserved.includes(name));
}

function hintOfMatch({ a, b }: JsonObject): string | undefined {
  return a === undefined || b === undefined ? undefined : `${typeText(a)} never equals ${typeText(b)}`;
}

function hintOfArguments(name: string, { have, want }: JsonObject): string | undefined {
  const args = isJsonObject(want) && Array.isArray(want.args) ? want.args.filter(isJsonObject) : [];
  if (!Array.isArray(have) || args.length < 2) return undefined;
  // The last is the result.
  const wanted = args.slice(0, -1).map((arg) => `${typeof arg.name === 'string' ? `${arg.name}: ` : ''}${typeText(arg)}`);
  const given = have.slice(0, wanted.length).map((type) => typeText(type));
  return `${name} takes (${wanted.join(', ')}), and is given (${given.join(', ')})`;
}

/** OPA's own form of types; `{}` is anything. */
function typeText(type: unknown): string {
  const { type: name, of } = isJsonObject(type) ? type : {};
  if (name === 'any' && Array.isArray(of) && of.length > 0) return [...new Set(of.map(typeText))].join(' or ');
  const words: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', boolean: 'a boolean', array: 'an array' };
  const more: Readonly<Record<string, string>> = { object: 'an object', set: 'a set', null: 'null', any: 'anything' };
  return words[String(name)] ?? more[String(name)] ?? 'anything';
}

function hintOfSome(line: string): string | undefined {
  const [, first, second] = /\bsome\s+(\w+)\s+(?!in\b)(\w[\w.]*)/.exec(line) ?? [];
  return first === undefined ? undefined : `write \`some ${first} in ${second}\``;
}

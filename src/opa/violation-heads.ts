// What can be seen wrong with what a rule puts into `violation`, before it ever does: an element without a text in `msg`. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { closestWord } from '../policy/closest-word.ts';

/** Literals that are never a text. Names, calls and references may be one. */
const neverText = ['number', 'boolean', 'null', 'array', 'set', 'object', 'arraycomprehension', 'setcomprehension', 'objectcomprehension'];
/** What other engines call it, and how it is spelt out. */
const otherNames = ['message', 'text', 'reason', 'description', 'details'];

/** Returns a problem for each rule `violation` of the tree, as `opa parse` prints it, of which no element could be reported. */
export function violationHeadProblems(rules: readonly JsonObject[]): readonly RuleProblem[] {
  return rules.flatMap(({ head }) => {
    if (!isJsonObject(head) || !isJsonObject(head.key) || nameOf(head) !== 'violation') return [];
    const { key } = head;
    if (key.type === 'object') return elementProblems(key);
    const isWrong = typeof key.type === 'string' && neverText.includes(key.type) && key.type !== 'objectcomprehension';
    return isWrong ? [problem('an element of `violation` is a text, or an object with a text in `msg`', key)] : [];
  });
}

function elementProblems(element: JsonObject): readonly RuleProblem[] {
  const pairs = Array.isArray(element.value) ? element.value.filter((pair) => Array.isArray(pair)) : [];
  const keys = pairs.map(([key]: readonly unknown[]) => key).filter(isJsonObject);
  const names = keys.map(({ type, value }) => (type === 'string' && typeof value === 'string' ? value : undefined));
  const [, msg]: readonly unknown[] = pairs[names.indexOf('msg')] ?? [];
  if (isJsonObject(msg)) {
    const isText = msg.type === 'string' ? msg.value !== '' : !neverText.includes(String(msg.type));
    return isText
      ? []
      : [problem('`msg` of an element of `violation` is a text that is not empty', msg, 'a template string makes one: $"{…}"')];
  }
  // A name that is found when it runs may be `msg`.
  if (names.includes(undefined)) return [];
  const meant = names.find(
    (name) => name !== undefined && (otherNames.includes(name) || closestWord('msg', [name.toLowerCase()]) !== undefined),
  );
  const hint = meant === undefined ? 'write {"msg": "…"}' : `write \`msg\` for \`${meant}\``;
  return [problem('an element of `violation` has no text in `msg`', keys[names.indexOf(meant)] ?? element, hint)];
}

function nameOf({ ref }: JsonObject): unknown {
  const [first]: readonly unknown[] = Array.isArray(ref) && ref.length === 1 ? ref : [];
  return isJsonObject(first) ? first.value : undefined;
}

function problem(message: string, { location }: JsonObject, hint?: string): RuleProblem {
  const { row, col } = isJsonObject(location) ? location : {};
  const place = typeof row === 'number' && typeof col === 'number' ? { line: row, column: col } : {};
  return { reason: 'MalformedAnswer', message, ...(hint === undefined ? {} : { hint }), ...place };
}

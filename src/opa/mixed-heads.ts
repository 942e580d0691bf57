// Finds heads of rules that put a set and something else in one place, which the module of OPA 1.22 does not survive. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';

interface Head {
  /** The name first. A term that is found when the rule runs is undefined. */
  readonly path: readonly (string | undefined)[];
  readonly isSet: boolean;
  readonly location: unknown;
}

/**
 * Returns a problem for each `p[x] contains …` of the tree, as `opa parse` prints it, beside a head that may be the same place: `p.a := …`,
 * or `p[x].y contains …`. OPA ends with a conflict when they meet. Its module takes what is there for a set and adds to it: where that is a
 * part of the input, every rule that comes after reads the changed one, and finds nothing.
 */
export function mixedHeadProblems(rules: readonly JsonObject[]): readonly RuleProblem[] {
  const heads = Map.groupBy(rules.flatMap(headOf), ({ path }) => path[0]);
  return [...heads.values()].flatMap((named) =>
    named.filter(({ isSet }) => isSet).flatMap((set) => (named.some((other) => mayClash(set, other)) ? [problem(set)] : [])),
  );
}

/** Functions have no place in an object. */
function headOf({ head }: JsonObject): readonly Head[] {
  if (!isJsonObject(head) || !Array.isArray(head.ref) || head.args !== undefined) return [];
  const [name, ...rest]: readonly unknown[] = head.ref;
  const constant = (term: unknown): string | undefined =>
    isJsonObject(term) && term.type === 'string' && typeof term.value === 'string' ? term.value : undefined;
  const first = isJsonObject(name) && typeof name.value === 'string' ? name.value : undefined;
  return [{ path: [first, ...rest.map(constant)], isSet: head.key !== undefined && head.value === undefined, location: head.location }];
}

/** Two sets of one length are one set, or two. One that is found within the other is an object to one of them. */
function mayClash(set: Head, other: Head): boolean {
  if (other.isSet && other.path.length === set.path.length) return false;
  const shorter = Math.min(set.path.length, other.path.length);
  return set.path.slice(0, shorter).every((term, index) => {
    const at = other.path[index];
    return term === undefined || at === undefined || term === at;
  });
}

function problem({ path, location }: Head): RuleProblem {
  const { row, col } = isJsonObject(location) ? location : {};
  return {
    reason: 'MixedHeads',
    message: `\`${path[0] ?? ''}\` is given a set and something else in what may be one place`,
    hint: 'give the sets a name of their own',
    ...(typeof row === 'number' && typeof col === 'number' ? { line: row, column: col } : {}),
  };
}

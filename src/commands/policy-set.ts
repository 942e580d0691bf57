// The policies that a forecast is made with: those given, and those of the recording that they do not replace. Pure.
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyProblem } from '../policy/policy.ts';

export interface PolicySet {
  readonly policies: readonly Policy[];
  /** Those of the recording that cannot be read. */
  readonly unreadable: readonly { readonly name: string; readonly problems: readonly PolicyProblem[] }[];
}

/** Returns the set; a policy of the recording goes when one that is given, or one of `replaced`, has its name. */
export function policySet(given: readonly Policy[], recorded: readonly JsonObject[], replaced: readonly string[] = []): PolicySet {
  const parsed = recorded.map((object) => ({ name: nameOf(object), result: parsePolicy(object) }));
  const isReplaced = (name: string): boolean => replaced.includes(name) || given.some((policy) => policy.name === name);
  const before = new Map(parsed.flatMap(({ name, result }) => ('policy' in result ? [[name, result.policy] as const] : [])));
  const others = parsed.filter(({ name }) => !isReplaced(name));
  return {
    policies: [
      ...given.map((policy) => withIdentity(policy, before.get(policy.name))),
      ...others.flatMap(({ result }) => ('policy' in result ? [result.policy] : [])),
    ],
    unreadable: others.flatMap(({ name, result }) => ('problems' in result ? [{ name, problems: result.problems }] : [])),
  };
}

/** As the API server would store it: the same object, with the next generation when its spec is another. */
function withIdentity(policy: Policy, before: Policy | undefined): Policy {
  if (before === undefined) return { ...policy, generation: Math.max(1, policy.generation) };
  const isSame = isDeepStrictEqual(specOf(policy), specOf(before));
  return { ...policy, uid: before.uid, generation: isSame ? before.generation : before.generation + 1 };
}

function specOf({ mode, match, maxAgeMs, watches, rules, exceptions }: Policy): object {
  return { mode, match, maxAgeMs, watches, rules, exceptions };
}

function nameOf({ metadata }: JsonObject): string {
  return isJsonObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
}

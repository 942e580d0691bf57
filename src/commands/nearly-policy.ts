// Objects that mean to be policies and are none, since their kind is misspelt: a cluster would keep them from being applied. Pure.
import { isJsonObject } from '../facts/json.ts';
import { distance } from '../policy/closest-word.ts';

const kindOfPolicies = 'KubeXrayPolicy';
// `KubexrayPolicy`, `KubeXrayPolicies`, `KubeXrayPolciy`; other kinds are farther away.
const maxEdits = 2;
const maxKindLength = 40;

/** Returns what is wrong with the kind of an object that is no policy, or undefined when it means to be something else. */
export function misspeltKind(object: unknown): { readonly message: string; readonly hint: string } | undefined {
  if (!isJsonObject(object)) return undefined;
  const { apiVersion, kind = '' } = object;
  const isOurs = typeof apiVersion === 'string' && /^kubexray\.io(\/|$)/i.test(apiVersion);
  if (!isOurs && !isNearPolicy(String(kind))) return undefined;
  return { message: kind === '' ? 'kind is missing' : `there is no kind ${String(kind)}`, hint: `did you mean \`${kindOfPolicies}\`?` };
}

/** Tells whether a text, which need not be YAML, has an object in it that is a policy or means to be one. */
export function mentionsPolicy(text: string): boolean {
  const kinds = text.matchAll(/^[ \t"'{-]*kind["']?[ \t]*:[ \t]*["']?([A-Za-z]+)/gm);
  return [...kinds].some(([, kind = '']) => isNearPolicy(kind)) || /^[ \t"'{-]*apiVersion["']?[ \t]*:[ \t]*["']?kubexray\.io\//m.test(text);
}

function isNearPolicy(kind: string): boolean {
  return kind.length <= maxKindLength && distance(kind.toLowerCase(), kindOfPolicies.toLowerCase()) <= maxEdits;
}

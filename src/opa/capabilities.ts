// What rules may use: OPA's own list of capabilities, cut to what runs in a module of ours.

import { isJsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { hostBuiltins } from './host-builtins.ts';
import { buildTimeBuiltins, nativeBuiltins } from './native-builtins.ts';

export interface Capabilities {
  /** The JSON text for `--capabilities`. */
  readonly text: string;
  /** All builtins that OPA knows and that are not among ours. */
  readonly refused: ReadonlySet<string>;
}

/** Cuts the output of `opa capabilities --current`. Throws `Failure` when it is not that, or lacks a builtin that we count on. */
export function ourCapabilities(output: string): Capabilities {
  const all: unknown = JSON.parse(output);
  if (!isJsonObject(all) || !Array.isArray(all.builtins)) throw unfit('it lists no builtins');
  const ours = new Set<unknown>([...nativeBuiltins, ...buildTimeBuiltins, ...hostBuiltins.keys()]);
  const kept = all.builtins.filter((builtin: unknown) => isJsonObject(builtin) && ours.has(builtin.name));
  if (kept.length !== ours.size) throw unfit('it lacks a builtin; another version?');
  const refused = all.builtins
    .map((builtin: unknown) => (isJsonObject(builtin) ? builtin.name : undefined))
    .filter((name): name is string => typeof name === 'string' && !ours.has(name));
  return { text: JSON.stringify({ ...all, builtins: kept, allow_net: [] }), refused: new Set(refused) };
}

function unfit(what: string): Failure {
  return new Failure(`read capabilities of opa: ${what}`, { retry: 'never', reason: 'CompilerUnfit' });
}

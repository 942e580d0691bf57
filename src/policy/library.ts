// Library rules: what `use` names. Data only; read from `policies/` by the adapter.
import type { JsonObject } from '../facts/json.ts';

/** Whether a rule reads violations of watches: an object says when its parameters have these values. Absent: it may. */
export type ReadsViolations = boolean | JsonObject;

/** One library rule as its folder describes it. */
export interface LibraryRule {
  /** The name of its folder, which `use` refers to. */
  readonly name: string;
  readonly title: string;
  /** JSON schema of its parameters, with defaults; the only keyword beyond draft 2020-12 is `format: duration`. */
  readonly parametersSchema: JsonObject;
  readonly readsViolations?: ReadsViolations;
  readonly rego: string;
}

/** All library rules by name, and the Rego of `data.kubexray.lib` that every rule may call. */
export interface RuleLibrary {
  readonly rules: ReadonlyMap<string, LibraryRule>;
  readonly lib: string;
}

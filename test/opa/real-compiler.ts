// The real compiler and loader on real rules, for tests.
import { fileURLToPath } from 'node:url';
import type { RuleCompiler, RuleProblem, RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import { ruleId } from '../../src/evaluation/rule-id.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { createRuleCompiler } from '../../src/opa/compiler.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { readRuleLibrary } from '../../src/opa/library.ts';
import { createLoadProgram, type LoadOptions } from '../../src/opa/load.ts';
import { silent } from '../../src/opa/progress.ts';
import type { RuleLibrary } from '../../src/policy/library.ts';
import { inferSchema } from '../../src/policy/parameters.ts';

/** The folder of the library rules. */
export const policiesDirectory = fileURLToPath(new URL('../../policies', import.meta.url));

export interface RealCompiler {
  readonly library: RuleLibrary;
  readonly compiler: RuleCompiler;
  /** An inline rule: it may use the parameters given. */
  readonly inline: (rego: string, parameters?: JsonObject) => RuleSource;
  readonly check: (rego: string, parameters?: JsonObject) => Promise<readonly RuleProblem[]>;
  readonly load: (rules: readonly RuleSource[], options?: LoadOptions) => Promise<RuleProgram>;
}

/** Finds `opa` (building it on a fresh machine) and reads the library. */
export async function realCompiler(): Promise<RealCompiler> {
  const [opa, library] = await Promise.all([findOpa({ env: process.env, progress: silent }), readRuleLibrary(policiesDirectory)]);
  const compiler = createRuleCompiler({ opa, lib: library.lib });
  const inline = (rego: string, parameters: JsonObject = {}): RuleSource =>
    ruleSource({ rego, parameters, parametersSchema: inferSchema(parameters) }, library);
  return {
    library,
    compiler,
    inline,
    check: (rego, parameters) => compiler.check(inline(rego, parameters)),
    load: async (rules, options) => createLoadProgram(options)(await compiler.build(rules)),
  };
}

/** Returns the rule with its id. */
export function ruleSource(rule: Omit<RuleSource, 'id'>, library: RuleLibrary): RuleSource {
  return { ...rule, id: ruleId({ ...rule, lib: library.lib }) };
}

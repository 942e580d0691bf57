// One rule in a folder of its own: its text and its description, with the places of what is wrong with them. Pure.
import { basename, dirname, resolve } from 'node:path';
import type { RuleProblem } from '../evaluation/program.ts';
import type { JsonObject } from '../facts/json.ts';
import type { ReadsViolations } from '../policy/library.ts';
import { parseRuleDescription } from '../policy/parameters.ts';
import { type Place, placeAt } from './place.ts';
import { offsetInRego } from './rego-place.ts';
import type { SourceFile, SourceProblem } from './source-file.ts';
import { parseYaml } from './yaml-source.ts';

export interface AuthoredRule {
  /** That of its folder, or of its file. */
  readonly name: string;
  readonly title: string;
  readonly rego: SourceFile;
  /** Absent when the description cannot be used; `problems` then say why. */
  readonly parametersSchema?: JsonObject;
  readonly readsViolations?: ReadsViolations;
  /** Of the description. */
  readonly problems: readonly SourceProblem[];
}

const noParameters: JsonObject = { type: 'object', additionalProperties: false, properties: {} };

/** Reads a rule; without a description it has no parameters. Never throws. */
export function readRule(rego: SourceFile, description: SourceFile | undefined): AuthoredRule {
  const isFolder = basename(rego.file) === 'rule.rego';
  const name = isFolder ? basename(dirname(resolve(rego.file))) : basename(rego.file, '.rego');
  if (description === undefined) return { name, title: name, rego, parametersSchema: noParameters, problems: [] };
  const [document] = parseYaml(description.text, 'plain');
  const broken = (document?.problems ?? []).map((problem) => ({ ...problem, source: description, reason: 'InvalidYaml' }));
  if (broken.length > 0) return { name, title: name, rego, problems: broken };
  const read = parseRuleDescription(document?.value);
  if ('description' in read) return { name, rego, ...read.description, problems: [] };
  const problems = read.problems.map(({ path, message, hint, isName }) => ({
    source: description,
    reason: 'InvalidDescription',
    message: `${path === '' ? 'the description' : path}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    ...(document?.placeOf(path, isName === true ? 'name' : 'value') ?? { line: 1, column: 1 }),
  }));
  return { name, title: name, rego, problems };
}

/** Returns where a problem of the rule's text stands. */
export function ruleProblemPlace({ rego }: AuthoredRule, problem: RuleProblem): Place {
  return placeAt(rego.text, offsetInRego(rego.text, problem) ?? 0);
}

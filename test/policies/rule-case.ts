// Cases of rules for tests, by the same code that `kubexray test` uses.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCases } from '../../src/cases/parse-cases.ts';
import type { RuleCase as ProductCase } from '../../src/cases/rule-case.ts';
import type { JsonObject } from '../../src/facts/json.ts';

export { documentOf } from '../../src/cases/case-document.ts';
export { differences } from '../../src/cases/compare-answer.ts';

/** A case with an input of its own. */
export type RuleCase = ProductCase & { readonly input: JsonObject };

/** Reads all cases of a rule's folder, sorted by file. Throws on what is not a case, and on recorded ones. */
export async function readCases(ruleDirectory: string): Promise<readonly RuleCase[]> {
  const directory = join(ruleDirectory, 'cases');
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort();
  const parsed = await Promise.all(files.map(async (name) => parseCases(await readFile(join(directory, name), 'utf8'), name)));
  const problems = parsed.flatMap((file) => file.problems);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return parsed
    .flatMap(({ cases }) => cases)
    .map(({ ruleCase }) => {
      if (ruleCase.input === undefined) throw new Error(`${ruleCase.name} has no input`);
      return { ...ruleCase, input: ruleCase.input };
    });
}

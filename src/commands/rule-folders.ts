// Finds folders with a rule in them and reads what stands there: rule, description, cases and tests. Reads files only.
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseCases } from '../cases/parse-cases.ts';
import type { FileProblem, PlacedCase } from '../cases/rule-case.ts';
import type { JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { readRule } from './authored-rule.ts';
import { whyUnreadable } from './read-failure.ts';

/** A folder with a `rule.rego`. Paths are as given, so that they can be opened from where the command runs. */
export interface RuleFolder {
  /** The last part of its path. */
  readonly name: string;
  readonly directory: string;
  readonly rego: string;
  /** From `rule.yaml`, without which a rule has none; absent when it cannot be used, and `problems` then say why. */
  readonly parametersSchema?: JsonObject;
  readonly cases: readonly PlacedCase[];
  /** Text of each `*_test.rego` by its name. */
  readonly tests: ReadonlyMap<string, string>;
  /** What in `rule.yaml` and in the cases is not as it must be. */
  readonly problems: readonly FileProblem[];
}

/**
 * Returns the folders with a rule at or below those given, by path. Throws `Failure` when a folder cannot be read or none has a rule:
 * nothing tested must not look like everything passed.
 */
export async function findRuleFolders(directories: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const directory of directories) {
    const below = await ruleFoldersBelow(directory);
    if (below.length === 0) throw notFound(`find rules in ${directory}: no folder in it has a rule.rego`);
    found.push(...below);
  }
  return [...new Set(found)];
}

async function ruleFoldersBelow(directory: string): Promise<readonly string[]> {
  const entries = await entriesOf(directory);
  if (entries.some((entry) => entry.name === 'rule.rego')) return [directory];
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules');
  const names = folders.map(({ name }) => name).sort();
  return (await Promise.all(names.map((name) => ruleFoldersBelow(join(directory, name))))).flat();
}

/** Reads a folder with a rule. Throws `Failure` when a file cannot be read; what is wrong in it is in `problems`. */
export async function readRuleFolder(directory: string): Promise<RuleFolder> {
  const names = (await entriesOf(directory)).map(({ name }) => name).sort();
  const rego = { file: join(directory, 'rule.rego'), text: await textOf(join(directory, 'rule.rego')) };
  const yaml = join(directory, 'rule.yaml');
  const rule = readRule(rego, names.includes('rule.yaml') ? { file: yaml, text: await textOf(yaml) } : undefined);
  const caseFiles = names.includes('cases') ? (await entriesOf(join(directory, 'cases'))).map(({ name }) => name).sort() : [];
  const files = await Promise.all(
    caseFiles
      .filter((name) => /\.ya?ml$/.test(name))
      .map(async (name) => {
        const file = join(directory, 'cases', name);
        return parseCases(await textOf(file), file);
      }),
  );
  const tests = names.filter((name) => name.endsWith('_test.rego'));
  return {
    ...{ name: rule.name, directory, rego: rego.text },
    ...(rule.parametersSchema === undefined ? {} : { parametersSchema: rule.parametersSchema }),
    cases: files.flatMap(({ cases }) => cases),
    tests: new Map(await Promise.all(tests.map(async (name) => [name, await textOf(join(directory, name))] as const))),
    problems: [
      ...rule.problems.map(({ source, line, column, message }) => ({ file: source.file, line, column, message })),
      ...files.flatMap(({ problems }) => problems),
    ],
  };
}

async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (thrown) {
    const isFile = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTDIR';
    const why = isFile ? `it is a file; give the folder of the rule, such as ${dirname(directory)}` : whyUnreadable(thrown);
    throw notFound(`read the folder ${directory}: ${why}`, thrown);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw notFound(`read ${file}: ${whyUnreadable(thrown)}`, thrown);
  }
}

function notFound(message: string, cause?: unknown): Failure {
  return new Failure(message, { retry: 'never', reason: 'NotReadable', cause });
}

// Reads the library rules from a folder such as `policies/`.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Failure, messageOf } from '../failure.ts';
import type { LibraryRule, RuleLibrary } from '../policy/library.ts';
import { parseRuleDescription } from '../policy/parameters.ts';

/**
 * Reads `lib.rego` and every folder that has a `rule.yaml`. Throws `Failure` when a file is missing, unreadable or not of the known
 * shape: a library that is half there is not used.
 */
export async function readRuleLibrary(directory: string): Promise<RuleLibrary> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const rules = await Promise.all(names.sort().map((name) => readLibraryRule(directory, name)));
    const lib = await readFile(join(directory, 'lib.rego'), 'utf8');
    return { rules: new Map(rules.map((rule) => [rule.name, rule])), lib };
  } catch (thrown) {
    throw new Failure(`read the library rules in ${directory}: ${messageOf(thrown)}`, {
      ...{ retry: 'never', reason: 'LibraryUnreadable', cause: thrown },
    });
  }
}

/** Reads the rule in one folder, of the same form. Throws an `Error` that names what is wrong. */
export async function readLibraryRule(directory: string, name: string): Promise<LibraryRule> {
  const rego = await readFile(join(directory, name, 'rule.rego'), 'utf8');
  const read = parseRuleDescription(parse(await readFile(join(directory, name, 'rule.yaml'), 'utf8')));
  if ('description' in read) return { name, rego, ...read.description };
  throw new Error(read.problems.map(({ path, message }) => `${name}/rule.yaml: ${path === '' ? 'it' : path} ${message}`).join('; '));
}

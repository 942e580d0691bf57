// Reads what folders of rules say of themselves in `rule.yaml`, for the pages about them. Reads files of this repository.
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { code, table } from './markdown.ts';
import { descriptionOf, fieldsOf, typeOf, wordsOf } from './schema-fields.ts';

/** A rule as its `rule.yaml` describes it. */
export interface RuleFolder {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** Returns the rules in a folder of this repository, sorted by name. Throws when one lacks its title, description or parameters. */
export function readRuleFolders(folder: string): readonly RuleFolder[] {
  const root = new URL(`../../${folder}/`, import.meta.url);
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names.map(({ name }) => readRuleFolder(new URL(`${name}/rule.yaml`, root), name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readRuleFolder(file: URL, name: string): RuleFolder {
  const rule: unknown = parse(readFileSync(file, 'utf8'));
  if (!isJsonObject(rule)) throw new Error(`read ${name}/rule.yaml: it is not an object`);
  const { title, description, parameters } = rule;
  if (typeof title !== 'string' || typeof description !== 'string' || !isJsonObject(parameters))
    throw new Error(`read ${name}/rule.yaml: a title, a description and parameters are needed`);
  return { name, title, description: description.trim(), parameters };
}

/** Returns the table of a rule's parameters with their defaults. */
export function parametersTable({ parameters }: RuleFolder): string {
  const rows = fieldsOf(parameters).map(({ name, schema }) => {
    const words = wordsOf(schema);
    return [
      code(name),
      words.length === 0 ? typeOf(schema) : words.map(code).join(', '),
      code(JSON.stringify(schema.default)),
      descriptionOf(schema),
    ];
  });
  return table(['Parameter', 'Type', 'Default', 'Meaning'], rows);
}

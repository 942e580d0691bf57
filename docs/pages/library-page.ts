// Makes the pages about the library rules, the functions that rules may call, and the examples. Reads files of this repository.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/facts/json.ts';
import { code, fence, page, table } from './markdown.ts';
import { parametersTable, type RuleFolder, readRuleFolders } from './rule-folders.ts';
import { fieldsOf } from './schema-fields.ts';

/** Returns `library.md`. */
export function libraryPage(): string {
  const rules = readRuleFolders('policies');
  return page('Library rules and functions', '`policies/`', [
    'A rule of a policy names a library rule by `use`. Parameters that are not given have their defaults. One that does not exist, or has the wrong type, is told in the condition `Compiled`.',
    'More rules to start from are the [examples](../../examples/README.md).',
    ...rules.flatMap((rule) => [
      `## ${rule.name}: ${rule.title}`,
      rule.description,
      parametersTable(rule),
      'With all its defaults written out:',
      fence('yaml', useOf(rule)),
    ]),
    '## Functions: data.kubexray.lib',
    'Every rule may call these after `import data.kubexray.lib`. They read nothing but their arguments.',
    table(
      ['Function', 'Meaning'],
      libFunctions().map(({ head, description }) => [code(`lib.${head}`), description]),
    ),
    'Undefined is not false: `not lib.at_least("severe", "low")` holds, because `severe` is no severity. Where it matters, ask for `== false`.',
    'A template string shows an undefined value as `<undefined>`. Give it a name in the body first, so that the rule does not hold without it:',
    fence('rego', exampleOfUndecided),
  ]);
}

const exampleOfUndecided = `undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}`;

/** Returns the README of the examples. */
export function examplesPage(): string {
  const rules = readRuleFolders('examples');
  return page('Example rules', '`examples/*/rule.yaml`', [
    'Rules that people often ask for. Each folder has the form of a library rule: `rule.rego`, `rule.yaml` with the parameters, and `cases/` that prove it.',
    'To use one, paste its `rule.rego` into `rego` of a rule in a policy, and give all its parameters: a rule inside a policy has no defaults. Start with `mode: DryRun`.',
    table(
      ['Rule', 'What it is for'],
      rules.map(({ name, title }) => [`[${name}](#${name})`, title]),
    ),
    ...rules.flatMap((rule) => [
      `## ${rule.name}`,
      `${rule.description} Files: [rule.rego](${rule.name}/rule.rego), [cases](${rule.name}/cases).`,
      parametersTable(rule),
    ]),
  ]);
}

function useOf({ name, parameters }: RuleFolder): string {
  const defaults = fieldsOf(parameters).map(({ name: parameter, schema }) => `      ${parameter}: ${JSON.stringify(schema.default)}`);
  return ['rules:', `  - name: ${name}`, `    use: ${name}`, '    parameters:', ...defaults].join('\n');
}

interface LibFunction {
  /** As it is called: `at_least(severity, threshold)`. */
  readonly head: string;
  readonly description: string;
}

/** The annotated rules of `lib.rego`, in their order. What its author did not annotate is not for rules. */
function libFunctions(): readonly LibFunction[] {
  const text = readFileSync(new URL('../../policies/lib.rego', import.meta.url), 'utf8');
  const annotated = text.matchAll(/^# METADATA\n((?:#.*\n)+)(?!package)([a-z_]+(?:\([^)]*\))?)/gm);
  return [...annotated].map(([, comment = '', head = '']) => {
    const metadata: unknown = parse(comment.replaceAll(/^# ?/gm, ''));
    if (!isJsonObject(metadata) || typeof metadata.description !== 'string') throw new Error(`read lib.rego: ${head} has no description`);
    return { head, description: metadata.description };
  });
}

// The example rules pass the check of rules, their cases come out as wanted, and they work pasted into a policy too.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { parse } from 'yaml';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import { inputSchema } from '../../src/evaluation/input-schema.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { isJsonObject } from '../../src/facts/json.ts';
import { checkParameters, parseRuleDescription } from '../../src/policy/parameters.ts';
import { realCompiler, ruleSource } from '../opa/real-compiler.ts';
import { differences, documentOf, readCases } from '../policies/rule-case.ts';

const directory = fileURLToPath(new URL('../../examples', import.meta.url));
const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const { library, compiler, inline, load } = await realCompiler();
const lost: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'there is no answer' };

// All cases of a rule are one module: the same text with the parameters of each.
const suites = await Promise.all(
  names.sort().map(async (name) => {
    const description: unknown = parse(await readFile(join(directory, name, 'rule.yaml'), 'utf8'));
    if (!isJsonObject(description) || !isJsonObject(description.parameters)) throw new Error(`${name}/rule.yaml has no parameters`);
    const parametersSchema = description.parameters;
    const rego = await readFile(join(directory, name, 'rule.rego'), 'utf8');
    const filled = (parameters: JsonObject, path: string): JsonObject => {
      const checked = checkParameters(parameters, parametersSchema, { rule: name, path });
      if (!('parameters' in checked)) throw new Error(JSON.stringify(checked.problems));
      return checked.parameters;
    };
    const cases = await readCases(join(directory, name));
    const sources = cases.map((ruleCase) =>
      ruleSource({ rego, parameters: filled(ruleCase.parameters ?? {}, ruleCase.name), parametersSchema }, library),
    );
    return { name, description, parametersSchema, rego, defaults: filled({}, name), cases, sources, program: await load(sources) };
  }),
);

test.after.always(async () => {
  for (const { program } of suites) await program.close();
});

test('there are the eight examples', (t) => {
  t.deepEqual(names, [
    ...['cve-deny-list', 'digest-allow-list', 'end-of-life', 'fixable-for-days', 'internet-facing', 'license-by-component-type'],
    ...['malicious-package', 'tag-not-pinned'],
  ]);
});

for (const { name, description, parametersSchema, rego, defaults, cases, sources, program } of suites) {
  test(`${name} says what it is for, and so does each of its parameters`, (t) => {
    const { title, description: text } = description;
    t.true(typeof title === 'string' && title !== '' && typeof text === 'string' && text !== '');
    t.deepEqual(parseRuleDescription(description), { description: { title, parametersSchema, readsViolations: false } });
    const parameters = isJsonObject(parametersSchema.properties) ? Object.values(parametersSchema.properties) : [];
    t.true(parameters.every((parameter) => isJsonObject(parameter) && typeof parameter.description === 'string'));
  });

  test(`${name} is a package of the name of its folder`, (t) => {
    t.true(rego.includes(`\npackage ${name.replaceAll('-', '_')}\n`));
  });

  test(`${name} passes its check, as a folder and inside a policy`, async (t) => {
    const [source] = sources;
    t.deepEqual(source === undefined ? undefined : await compiler.check(source), []);
    t.deepEqual(await compiler.check(inline(rego, defaults)), []);
  });

  test(`${name} has a case of each verdict, and each case a name of its own`, (t) => {
    t.deepEqual([...new Set(cases.map(({ want }) => want.verdict))].sort(), ['passed', 'undecided', 'violated']);
    t.is(new Set(cases.map((ruleCase) => ruleCase.name)).size, cases.length);
  });

  for (const [index, ruleCase] of cases.entries()) {
    test(`${name}: ${ruleCase.name}`, async (t) => {
      const id = sources[index]?.id ?? '';
      const document = documentOf(ruleCase.input);
      const ajv = new Ajv2020({ strict: false });
      t.true(ajv.validate(inputSchema({}), document), ajv.errorsText());
      const answers = await program.evaluate(JSON.stringify(document), [id]);
      t.deepEqual(differences(ruleCase, parseAnswer(answers.get(id) ?? lost, new Date(String(document.now)))), []);
    });
  }
}

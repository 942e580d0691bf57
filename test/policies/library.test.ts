// The cases of the library rules, through the real compiler and the real worker.
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import { inputSchema } from '../../src/evaluation/input-schema.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import { checkParameters } from '../../src/policy/parameters.ts';
import { policiesDirectory, realCompiler, ruleSource } from '../opa/real-compiler.ts';
import { differences, documentOf, readCases } from './rule-case.ts';

const { library, compiler, load } = await realCompiler();
const lost: RuleAnswer = { kind: 'failed', reason: 'NotLoaded', message: 'there is no answer' };

// All cases of a rule are one module: the same text with the parameters of each.
const suites = await Promise.all(
  [...library.rules.values()].map(async (rule) => {
    const cases = await readCases(join(policiesDirectory, rule.name));
    const sources = cases.map(({ name, parameters = {} }) => {
      const checked = checkParameters(parameters, rule.parametersSchema, { rule: rule.name, path: name });
      if (!('parameters' in checked)) throw new Error(JSON.stringify(checked.problems));
      return ruleSource({ rego: rule.rego, parameters: checked.parameters, parametersSchema: rule.parametersSchema }, library);
    });
    return { rule, cases, sources, program: await load(sources) };
  }),
);

test('the library has the three conditions of KubeXray', (t) => {
  t.deepEqual([...library.rules.keys()], ['license', 'security', 'unscanned']);
});

test.after.always(async () => {
  for (const { program } of suites) await program.close();
});

for (const { rule, cases, sources, program } of suites) {
  test(`${rule.name} passes its check`, async (t) => {
    const [source] = sources;
    t.deepEqual(source === undefined ? undefined : await compiler.check(source), []);
  });

  test(`${rule.name} has a case of each verdict`, (t) => {
    t.deepEqual([...new Set(cases.map(({ want }) => want.verdict))].sort(), ['passed', 'undecided', 'violated']);
  });

  for (const [index, ruleCase] of cases.entries()) {
    test(`${rule.name}: ${ruleCase.name}`, async (t) => {
      const { id = '', parametersSchema = {} } = sources[index] ?? {};
      const document = documentOf(ruleCase.input);
      const ajv = new Ajv({ strict: false, formats: { duration: true } });
      t.true(ajv.validate(inputSchema(parametersSchema), document), ajv.errorsText());
      const answers = await program.evaluate(JSON.stringify(document), [id]);
      t.deepEqual(differences(ruleCase, parseAnswer(answers.get(id) ?? lost, new Date(String(document.now)))), []);
    });
  }
}

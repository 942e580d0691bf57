// The documents of cases are whole input documents, whatever a case leaves out.
import { Ajv } from 'ajv';
import test from 'ava';
import { documentOf, inputProblems } from '../../src/cases/case-document.ts';
import { parseCases } from '../../src/cases/parse-cases.ts';
import { inputSchema } from '../../src/evaluation/input-schema.ts';

test('an empty input becomes a document that fits the schema', (t) => {
  const ajv = new Ajv({ strict: false });
  t.true(ajv.validate(inputSchema({ type: 'object' }), documentOf({})), ajv.errorsText());
  const full = documentOf({ images: [{ issues: [{}], licenses: [{ name: 'MIT' }], operationalRisks: [{}] }, { state: 'unscanned' }] });
  t.true(ajv.validate(inputSchema({ type: 'object' }), full), ajv.errorsText());
});

test('a moment is written as the engine writes it', (t) => {
  t.is(documentOf({ now: '2026-11-23T11:00:00+01:00' }).now, '2026-11-23T10:00:00.000Z');
});

const mistakes: readonly (readonly [string, string, number, string])[] = [
  [
    'a misspelt field of the workload',
    'workload: {labls: {}}',
    4,
    'input.workload.labls is not a known field (did you mean `labels`? there is',
  ],
  ['a misspelt field at the top', 'image: []', 4, 'input.image is not a known field (did you mean `images`? there is'],
  ['a label that is a number', 'workload: {labels: {a: 1}}', 4, 'input.workload.labels.a must be string'],
  ['an image that is a text', 'images: ["a:1"]', 4, 'input.images[0] must be object'],
  ['an issue that is a text', 'images: [{issues: [XRAY-1]}]', 4, 'input.images[0].issues[0] must be object'],
  ['issues that are no list', 'images: [{issues: {}}]', 4, 'input.images[0].issues must be array'],
  ['a workload that is none', 'workload: api', 4, 'input.workload must be object'],
  ['another version', 'apiVersion: kubexray.io/v2', 4, 'input.apiVersion must be one of kubexray.io/v1'],
];

for (const [name, yaml, line, message] of mistakes) {
  test(`is found: ${name}`, (t) => {
    const { cases } = parseCases(`- name: a\n  want: {verdict: passed}\n  input:\n    ${yaml}\n`, 'a.yaml');
    const [first] = cases;
    const problems = first === undefined ? [] : inputProblems(first);
    t.is(problems.length, 1);
    t.is(problems[0]?.line, line);
    t.is(problems[0]?.message.slice(0, message.length), message);
  });
}

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

test('what an image is called is taken from its reference, as the engine does', (t) => {
  const digest = `sha256:${'a'.repeat(64)}`;
  t.like(documentOf({ images: [{ ref: 'nginx' }, { ref: `quay.io:443/a/b:2@${digest}` }] }), {
    images: [
      { ref: 'nginx', registry: 'docker.io', repository: 'library/nginx', tag: 'latest', digest: `sha256:${'1'.repeat(64)}` },
      { registry: 'quay.io:443', repository: 'a/b', tag: '2', digest },
    ],
  });
});

test('a reference is put together of what the case says of it', (t) => {
  t.like(documentOf({ images: [{ registry: 'quay.io' }, { tag: '', digest: 'sha256:2' }] }), {
    images: [{ ref: 'quay.io/shop/api:1.4' }, { ref: 'registry.example.com/shop/api@sha256:2' }],
  });
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
  [
    'a registry that is not that of the reference',
    'images: [{ref: "quay.io/a:1", registry: docker.io}]',
    4,
    'input.images[0].registry is "quay.io" by the `ref` quay.io/a:1; leave it out',
  ],
  ['a tag that is not that of the reference', 'images: [{ref: "a:1", tag: "2"}]', 4, 'input.images[0].tag is "1" by the `ref` a:1'],
  ['a digest that is none', 'images: [{digest: "sha256:1"}]', 4, 'input.images[0].digest must be `sha256:` with 64'],
  ['a time without a day', 'now: 2026-11', 4, 'input.now must be a time such as 2026-11-23T10:00:00Z'],
  ['a time in words', 'images: [{firstSeenAt: yesterday}]', 4, 'input.images[0].firstSeenAt must be a time'],
  ['a date alone', 'images: [{issues: [{publishedAt: 2026-11-01}]}]', 4, 'input.images[0].issues[0].publishedAt must be a time'],
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

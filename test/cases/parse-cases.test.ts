// Files of cases: what is read of them, and where what is wrong stands.
import test from 'ava';
import { parseCases } from '../../src/cases/parse-cases.ts';

test('a case is read with its place, and every part of it can be found', (t) => {
  const { cases, problems } = parseCases(
    `# a comment
- name: first
  input: {}
  want: {verdict: passed}

- name: second
  note: why
  parameters: {minSeverity: High}
  input:
    images:
      - ref: a:1
        issues:
          - {id: XRAY-1}
  want: {verdict: violated, violations: [{issue: XRAY-1}], undecided: [some]}
`,
    'cases/a.yaml',
  );
  t.deepEqual(problems, []);
  t.deepEqual(
    cases.map(({ ruleCase, place }) => [ruleCase.name, place.file, place.line]),
    [
      ['first', 'cases/a.yaml', 2],
      ['second', 'cases/a.yaml', 6],
    ],
  );
  const second = cases[1];
  t.deepEqual(second?.ruleCase.want, { verdict: 'violated', violations: [{ issue: 'XRAY-1' }], undecided: ['some'] });
  t.is(second?.placeOf(['input', 'images', 0, 'issues', 0]).line, 13);
  t.is(second?.placeOf(['input', 'images', 0, 'issues']).line, 12);
  t.is(second?.placeOf(['parameters', 'minSeverity']).line, 8);
});

test('what is not written has the place of what is around it', (t) => {
  const { cases } = parseCases('- name: a\n  input:\n    images:\n      - ref: a:1\n  want: {verdict: passed}\n', 'a.yaml');
  t.is(cases[0]?.placeOf(['input', 'images', 0, 'state']).line, 4);
  t.is(cases[0]?.placeOf(['input', 'workload', 'kind']).line, 2);
  t.is(cases[0]?.placeOf(['parameters', 'a']).line, 1);
});

test('an empty file has no cases and nothing wrong', (t) => {
  t.deepEqual(parseCases('# nothing yet\n', 'a.yaml'), { cases: [], problems: [] });
});

test('what is no case does not take the others with it', (t) => {
  const { cases, problems } = parseCases('- 5\n- name: good\n  input: {}\n  want: {verdict: passed}\n- null\n', 'a.yaml');
  t.deepEqual(
    cases.map(({ ruleCase }) => ruleCase.name),
    ['good'],
  );
  t.deepEqual(problems, [
    { file: 'a.yaml', line: 1, message: 'must be object' },
    { file: 'a.yaml', line: 5, message: 'must be object' },
  ]);
});

test('input and recorded exclude each other', (t) => {
  const yaml = '- name: both\n  input: {}\n  recorded: {snapshot: a.json, workload: Deployment/shop/api}\n  want: {verdict: passed}\n';
  t.deepEqual(parseCases(yaml, 'a.yaml').problems, [{ file: 'a.yaml', line: 1, message: 'give exactly one of `input` and `recorded`' }]);
});

test('anchors and aliases can be used', (t) => {
  const yaml = `- name: first
  input: &input {images: [{ref: a:1}]}
  want: {verdict: passed}
- name: second
  input: *input
  want: {verdict: passed}
`;
  const { cases, problems } = parseCases(yaml, 'a.yaml');
  t.deepEqual(problems, []);
  t.deepEqual(cases[1]?.ruleCase.input, { images: [{ ref: 'a:1' }] });
  t.is(cases[1]?.placeOf(['input', 'images', 0]).line, 5);
});

// Rules that look like tests are warned about, and helpers are not.
import test from 'ava';
import { misspeltTests } from '../../src/cases/misspelt-tests.ts';

const message = (name: string): string => `${name} is not run: the names of tests begin with \`test_\``;

test('a rule whose name is nearly that of a test is named with its line', (t) => {
  const text = 'package a_test\n\ntets_one if true\n\nTest_two if {\n\ttrue\n}\n\ntestThree := true\n';
  t.deepEqual(misspeltTests(new Map([['a_test.rego', text]])), [
    { file: 'a_test.rego', line: 3, column: 1, message: message('tets_one') },
    { file: 'a_test.rego', line: 5, column: 1, message: message('Test_two') },
    { file: 'a_test.rego', line: 9, column: 1, message: message('testThree') },
  ]);
});

test('tests, tests to do, functions and what tests use are not', (t) => {
  const text =
    'package a_test\n\ntest_one if set_up == 1\n\ntodo_test_two if false\n\nset_up := 1\n\nrest_of(x) := x\n\n_image := {}\n\nexpected := 2\n';
  t.deepEqual(misspeltTests(new Map([['a_test.rego', text]])), []);
});

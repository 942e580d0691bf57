// Findings as text: the caret stands under the character, whatever is in front of it.
import test from 'ava';
import type { Finding } from '../../src/output/finding.ts';
import { findingsText } from '../../src/output/finding-text.ts';

function shown(given: Partial<Finding>): string {
  return findingsText([{ file: 'a.yaml', line: 3, severity: 'error', reason: 'TypeError', message: 'no', ...given }], { hasColors: false });
}

test('a finding has its place, its line, a caret and a hint', (t) => {
  t.is(
    shown({ column: 3, source: '  mode: x', hint: 'did you mean `y`?' }),
    'a.yaml:3:3: error: no\n    mode: x\n    ^\nhint: did you mean `y`?\n',
  );
});

test('what has no place is one line', (t) => {
  t.is(findingsText([{ file: 'a.yaml', severity: 'warning', reason: 'X', message: 'no' }], { hasColors: false }), 'a.yaml: warning: no\n');
});

test('tabs stay tabs in front of the caret', (t) => {
  t.is(shown({ column: 4, source: '\t\tx: y' }), 'a.yaml:3:4: error: no\n  \t\tx: y\n  \t\t ^\n');
});

test('wide letters and pictures take two columns, and what is put together one', (t) => {
  t.is(shown({ column: 3, source: '日本x' }).split('\n')[2], '      ^');
  t.is(shown({ column: 3, source: '😀x' }).split('\n')[2], '    ^');
  t.is(shown({ column: 3, source: 'e\u0301x' }).split('\n')[2], '   ^');
});

test('a long line is cut around the caret', (t) => {
  const [, line, caret] = shown({ column: 1001, source: `${'a'.repeat(1000)}x${'b'.repeat(1000)}` }).split('\n');
  t.is(line, `  …${'a'.repeat(59)}x${'b'.repeat(58)}…`);
  t.is(caret, `  ${' '.repeat(60)}^`);
});

test('a line cannot steer the terminal', (t) => {
  const text = shown({ column: 1, source: 'a\u001b[31m\u202eb', message: 'bad\u0007' });
  t.is(text, 'a.yaml:3:1: error: bad\ufffd\n  a\ufffd[31m\ufffdb\n  ^\n');
});

test('a place beyond the line is its end', (t) => {
  t.is(shown({ column: 99, source: 'abc' }).split('\n')[2], '     ^');
});

test('colors are there when they are wanted', (t) => {
  const finding: Finding = { file: 'a.yaml', severity: 'error', reason: 'X', message: 'no' };
  t.is(
    findingsText([finding], { hasColors: true }),
    '\u001b[1ma.yaml:\u001b[22m \u001b[1m\u001b[31merror:\u001b[39m\u001b[22m \u001b[1mno\u001b[22m\n',
  );
});

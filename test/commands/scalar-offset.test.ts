// Where a character of a YAML text stands in the file, in every style that YAML has for texts.
import test from 'ava';
import { parseYaml } from '../../src/commands/yaml-source.ts';

/** The style, the file, the word that is looked for in the text at `a.b[0]`, its place. */
const styles: readonly (readonly [string, string, string, readonly [number, number]])[] = [
  ['a plain text', 'a:\n  b:\n    - one two\n', 'two', [3, 11]],
  ['a plain text of two lines', 'a:\n  b:\n    - one\n      two\n', 'two', [4, 7]],
  ['a text in double quotes', 'a: {b: ["one two"]}\n', 'two', [1, 14]],
  ['escapes', 'a: {b: ["\\u00e9\\t\\"\\x41\\n two"]}\n', 'two', [1, 27]],
  ['a line that is carried on', 'a:\n  b:\n    - "one\\n\\\n      \\  two"\n', 'two', [4, 10]],
  ['a text in single quotes', "a: {b: ['it''s two']}\n", 'two', [1, 16]],
  ['a literal block', 'a:\n  b:\n    - |\n      one\n        two\n', 'two', [5, 9]],
  ['a literal block that is chomped', 'a:\n  b:\n    - |- # why\n      one\n      two\n', 'two', [5, 7]],
  ['a literal block that begins with an empty line', 'a:\n  b:\n    - |\n\n      one\n\n      two\n', 'two', [7, 7]],
  ['a literal block with an indentation of its own', 'a:\n  b:\n    - |2\n        one\n       two\n', 'two', [5, 8]],
  ['a literal block with tabs', 'a:\n  b:\n    - |\n      one\n      \ttwo\n', 'two', [5, 8]],
  ['a literal block with the line ends of Windows', 'a:\r\n  b:\r\n    - |\r\n      one\r\n      two\r\n', 'two', [5, 7]],
  ['a folded block', 'a:\n  b:\n    - >\n      one\n      two\n\n      three\n', 'three', [7, 7]],
  ['an alias', 'x: &x |\n  one\n  two\na: {b: [*x]}\n', 'two', [3, 3]],
];

for (const [style, file, word, [line, column]] of styles) {
  test(`${style} is found again`, (t) => {
    const [document] = parseYaml(file, 'kubectl');
    const text = String(Object(document?.value).a.b[0]);
    t.true(text.includes(word));
    t.deepEqual(document?.placeInText('a.b[0]', text.indexOf(word)), { line, column });
  });
}

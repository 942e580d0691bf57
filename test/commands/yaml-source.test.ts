// YAML as kubectl reads it, and the places of what stands in it.
import test from 'ava';
import { parseYaml } from '../../src/commands/yaml-source.ts';

const text = `metadata:
  labels: {example: x, example.com/tier: prod}
spec:
  mode:
  rules:
    - name: a
      actions:
        deployments: Delete
    - use: b
`;

/** What is asked for, the path, its place. */
const places: readonly (readonly [string, string, readonly [number, number]])[] = [
  ['a value', 'spec.rules[0].actions.deployments', [8, 22]],
  ['a value below a key with dots', 'metadata.labels.example.com/tier', [2, 42]],
  ['nothing, by its key', 'spec.mode', [4, 3]],
  ['a list, by its key', 'spec.rules', [5, 3]],
  ['an element, by its beginning', 'spec.rules[1]', [9, 7]],
  ['what is missing, by what should hold it', 'spec.rules[1].name', [9, 7]],
  ['what is missing far below, by what is there', 'spec.match.namespaces[3]', [3, 1]],
  ['the whole document', '', [1, 1]],
];

for (const [what, path, [line, column]] of places) {
  test(`${what} has its place`, (t) => {
    t.deepEqual(parseYaml(text, 'kubectl')[0]?.placeOf(path), { line, column });
  });
}

test('a name has the place of the key', (t) => {
  t.deepEqual(parseYaml(text, 'kubectl')[0]?.placeOf('spec.rules[0].actions.deployments', 'name'), { line: 8, column: 9 });
});

test('words are read as on the way to the API server', (t) => {
  const words = 'a: yes\nb: 2026-12-31T00:00:00Z\nc: 12:30:45\nd: "no"\n';
  t.deepEqual(parseYaml(words, 'kubectl')[0]?.value, { a: true, b: '2026-12-31T00:00:00Z', c: '12:30:45', d: 'no' });
  t.deepEqual(parseYaml('a: yes\n', 'plain')[0]?.value, { a: 'yes' });
});

test('what is wrong has its place and does not stop the other documents', (t) => {
  const documents = parseYaml('a: 1\na: 2\n---\nb: [1\n---\nc: 3\n', 'kubectl');
  t.deepEqual(documents[0]?.problems, [{ message: 'this key is there twice', line: 2, column: 1 }]);
  t.is(documents[1]?.problems[0]?.line, 5);
  t.deepEqual([documents[2]?.problems, documents[2]?.value], [[], { c: 3 }]);
});

test('aliases that blow up are a problem, not a crash', (t) => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'.replace(/./g, (name) => {
    const before = String.fromCharCode(name.charCodeAt(0) - 1);
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]\n`;
  })}`;
  t.regex(parseYaml(bomb, 'kubectl')[0]?.problems[0]?.message ?? '', /alias/);
});

test('an empty file has no documents', (t) => {
  t.deepEqual(parseYaml('', 'kubectl'), []);
  t.deepEqual(parseYaml('# nothing\n', 'kubectl'), []);
});

// Rules of a `*_test.rego` that look like tests and are none, so that nobody would miss them: `tets_one`, `testOne`. Pure.
import { distance } from '../policy/closest-word.ts';
import type { FileProblem } from './rule-case.ts';

const prefix = 'test_';
const maxEdits = 2;

/** Returns a warning for each such rule that nothing else in the texts names, which would make it a helper. Files are as given. */
export function misspeltTests(tests: ReadonlyMap<string, string>): readonly FileProblem[] {
  const words = [...tests.values()].flatMap((text) => text.match(/\w+/g) ?? []);
  return [...tests].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index): readonly FileProblem[] => {
      const name = /^([A-Za-z]\w*)(?= +if\b| *\{| *:?=|\[)/.exec(line)?.[1];
      if (name === undefined || !isNearly(name) || words.filter((word) => word === name).length > 1) return [];
      return [{ file, line: index + 1, column: 1, message: `${name} is not run: the names of tests begin with \`${prefix}\`` }];
    }),
  );
}

function isNearly(name: string): boolean {
  if (/^(todo_)?test_/.test(name)) return false;
  const end = name.indexOf('_');
  // `testOne`: what is missing is the line.
  const first = end < 0 ? name.slice(0, prefix.length - 1) : name.slice(0, end + 1);
  return distance(first.toLowerCase(), prefix) <= (end < 0 ? 1 : maxEdits);
}

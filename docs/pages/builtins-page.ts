// Makes the page about the builtin functions that rules have, and do not have; pure.
import { hostBuiltins, refusedBuiltin } from '../../src/opa/host-builtins.ts';
import { nativeBuiltins } from '../../src/opa/native-builtins.ts';
import { knownDifferences } from './known-differences.ts';
import { code, page, table } from './markdown.ts';
import { refusedBuiltins } from './refused-builtins.ts';

/** What the names in a rule's text are not: these are written as operators. */
const operators: ReadonlySet<string> = new Set([
  ...['minus', 'mul', 'plus', 'div', 'rem', 'equal', 'gt', 'gte', 'lt', 'lte', 'neq', 'and', 'or'],
]);

/** Refused as well, though no case of OPA's own calls them; those that a rule has by now drop out. */
const alsoRefused: readonly string[] = ['crypto.x509.parse_and_verify_certificates_with_options', 'regex.replace'];

/** Returns `builtins.md`. */
export function builtinsPage(): string {
  const native = nativeBuiltins.filter((name) => !name.startsWith('internal.') && !operators.has(name));
  return page('Builtin functions', '`src/opa/native-builtins.ts` and `src/opa/host-builtins.ts`', [
    'A rule is compiled to WebAssembly. It has the builtins below and no others. They do what [the reference of OPA](https://www.openpolicyagent.org/docs/policy-reference/builtins) says; every one is held to the test cases of OPA itself.',
    'A rule that calls another is refused when its policy is applied, with its line and what to write instead. Nothing is found out only when the rule runs.',
    'All operators, `some … in`, `every`, `with`, comprehensions and template strings are there too.',
    'More functions for rules about images are in `data.kubexray.lib`: see [library.md](library.md#functions-datakubexraylib).',
    '## In the module',
    'These are fast: they are part of the module.',
    table(['Group', 'Builtins'], groupsOf(native)),
    '## From the host',
    'These leave the module and come back, which takes longer. In a rule that looks at many issues, call them last.',
    table(['Group', 'Builtins'], groupsOf([...hostBuiltins.keys()])),
    '## Where a module answers otherwise than `opa eval`',
    'OPA compiles these into the module itself, with other results than its own evaluator has. `opa test` and `conftest` show the right column, your cluster the middle one. Each is looked at in every run of the tests.',
    table(['Expression', 'In the cluster', 'In `opa eval`'], differences()),
    '## Refused',
    table(['Builtin', 'Why, or what to write instead'], refusals()),
  ]);
}

/** By what stands before the first dot, in alphabetical order; those without a dot first. */
function groupsOf(names: readonly string[]): readonly (readonly string[])[] {
  const groups = Object.entries(Object.groupBy(names, (name) => (name.includes('.') ? name.slice(0, name.indexOf('.')) : '')));
  return groups
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, members = []]) => [group === '' ? 'general' : code(group), members.toSorted().map(code).join(', ')]);
}

function differences(): readonly (readonly string[])[] {
  return knownDifferences.map(({ expression, ours, opa }) => [expression, ours, opa].map((text) => code(text)));
}

/** Builtins with one answer share a row. */
function refusals(): readonly (readonly string[])[] {
  const supplied: ReadonlySet<string> = new Set([...nativeBuiltins, ...hostBuiltins.keys()]);
  const names = [...refusedBuiltins.keys(), ...alsoRefused].filter((name) => !supplied.has(name) && name !== 'test.sleep').toSorted();
  const rows = Object.entries(Object.groupBy(names, (name) => answerTo(name)));
  return rows.map(([answer, members = []]) => [members.map(code).join(', '), answer]);
}

/** What the problem of a rule says after the name; where that is nothing, the reason. */
function answerTo(name: string): string {
  const [, alternative] = /: (.*)$/.exec(refusedBuiltin(name)) ?? [];
  return alternative ?? refusedBuiltins.get(name) ?? '';
}

// The generated module: each entry of a rule that may read violations is given those of its own watches, and no entry is without parameters.
import test from 'ava';
import { type Entry, entryModule } from '../../src/opa/entry-module.ts';

const entry = (ruleId: string, watches?: readonly string[]): Entry => ({
  ...{ ruleId, reference: `data.${ruleId}`, parameters: { limit: 1 }, definesUndecided: true },
  ...(watches === undefined ? {} : { watches }),
});

/** The lines of a module that evaluate rules. */
const calls = (entries: readonly Entry[]) =>
  entryModule(entries)
    .split('\n')
    .filter((line) => line.includes(':= data.'));

test('every entry of a rule that may read violations is wrapped, also of one without any watch, and no other', (t) => {
  const east = ' with input.watches as ["east"] with input.images as images(["east"])';
  const none = ' with input.watches as [] with input.images as images([])';
  const call = (id: string, set: string, own: string) =>
    `r_${id}["${set}"] := answer if answer := data.${id}.${set} with input.parameters as {"limit":1}${own}`;
  t.deepEqual(calls([entry('a', ['east']), entry('b', []), entry('c')]), [
    ...[call('a', 'violation', east), call('a', 'undecided', east)],
    ...[call('b', 'violation', none), call('b', 'undecided', none)],
    ...[call('c', 'violation', ''), call('c', 'undecided', '')],
  ]);
});

test('images are filtered by a function that is there only when an entry calls it', (t) => {
  t.true(entryModule([entry('a', []), entry('b')]).includes('images(watches) := '));
  t.false(entryModule([entry('b')]).includes('images(watches)'));
});

// Texts are found in texts in linear time, and at the same places as by OPA.
import test from 'ava';
import { occurrences } from '../../../src/opa/builtins/text-search.ts';
import { answersOfBoth } from './against-opa.ts';

const found = (text: string, searched: string, overlapping: boolean): readonly number[] => [
  ...occurrences(text, searched, { overlapping }),
];

test('occurrences follow one another, or begin within each other, for short texts and long ones alike', (t) => {
  t.deepEqual(found('aaaaa', 'aa', false), [0, 2]);
  t.deepEqual(found('aaaaa', 'aa', true), [0, 1, 2, 3]);
  const [long, text] = ['ab'.repeat(20), 'ab'.repeat(45)];
  t.deepEqual(found(text, long, false), [0, 40]);
  t.deepEqual(found(text, long, true), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50]);
  t.deepEqual(found(`${'a'.repeat(50)}b`, `${'a'.repeat(40)}b`, false), [10]);
  t.deepEqual(found('a'.repeat(40), 'a'.repeat(41), false), []);
  t.deepEqual(found('', 'a', true), []);
});

test('a million characters are searched for half a million, at once', (t) => {
  const searched = `${'0'.repeat(250_000)}1${'0'.repeat(250_000)}`;
  t.deepEqual(found('0'.repeat(1_000_000), searched, true), []);
  t.deepEqual(found(`${'0'.repeat(300_000)}1${'0'.repeat(300_000)}`, searched, true), [50_000]);
});

test('long texts are counted, placed and split as by OPA', async (t) => {
  const [dashes, text] = ['-'.repeat(40), `é😀${'-'.repeat(100)}b${'-'.repeat(40)}😀${'-'.repeat(39)}`];
  const operands = `${JSON.stringify(text)}, ${JSON.stringify(dashes)}`;
  const { opa, ours } = await answersOfBoth([
    `strings.count(${operands})`,
    `indexof_n(${operands})`,
    ...[-9, -2, -1, 0, 1, 3, 9].map((limit) => `strings.split_n(${operands}, ${limit})`),
    ...[-2, 0, 2].map((limit) => `strings.split_n("é😀a", "", ${limit})`),
  ]);
  t.deepEqual(ours, opa);
});

// Which rules are looked at again though nothing but the clock has moved on.
import test from 'ava';
import { readsTime } from '../../src/evaluation/reads-time.ts';

const texts: readonly (readonly [string, boolean])[] = [
  ['input.now > "2026"', true],
  ['input["now"] > "2026"', true],
  ['lib.older_than(image.firstSeenAt, "1h", input.now)', true],
  ['document := input', true],
  ['some key, value in input', true],
  ['object.get(input, key, "")', true],
  ['input[key]', true],
  ['some image in input.images', false],
  ['# what is known now\ninput.workload.name == "api"', false],
  ['known := input.parameters.known', false],
];
for (const [text, expected] of texts) {
  test(`\`${text.replace('\n', ' ⏎ ')}\` ${expected ? 'may read' : 'does not read'} the time`, (t) => {
    t.is(readsTime(text), expected);
  });
}

// The thread of the corpus ends a case that does not end by itself, and goes on with the next.
import test from 'ava';
import { createCaseThread } from './case-thread.ts';

// A module whose start function is an endless loop: header, type, function, start and code section.
const endless = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x08, 0x01, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b],
];
const noModule = [0x00];

test('a case that hangs is named, and the next one has a thread of its own', async (t) => {
  const thread = await createCaseThread(300);
  t.teardown(() => thread.close());
  const evaluate = (bytes: readonly number[]) => thread.evaluate({ wasm: new Uint8Array(bytes), input: undefined, data: undefined });

  t.deepEqual(await evaluate(endless), { kind: 'hung', message: 'no answer within 300 ms' });
  t.is((await evaluate(noModule)).kind, 'threw');
});

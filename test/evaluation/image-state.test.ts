// What is known of each image of a workload.
import test from 'ava';
import { imageStates } from '../../src/evaluation/image-state.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { scanned, unavailable, unscanned } from '../builders/fact.ts';
import { digestOf } from '../builders/objects.ts';
import { image, workload } from '../builders/workload.ts';

test('each image has the fact about its digest, in the order of the workload', (t) => {
  const images = [image({ ref: 'c' }), image({ ref: 'a' }), image({ ref: 'b' })];
  const facts = new Map<string, Fact>([
    [digestOf('a'), unscanned()],
    [digestOf('b'), unavailable()],
    [digestOf('c'), scanned()],
  ]);
  const states = imageStates(workload({ images }), (digest) => facts.get(digest) ?? unavailable());
  t.deepEqual(
    states.map(({ state, image, fact }) => [state, image.ref, fact?.state]),
    [
      ['scanned', 'c', 'scanned'],
      ['unscanned', 'a', 'unscanned'],
      ['unavailable', 'b', 'unavailable'],
    ],
  );
});

test('an image without a digest is unidentifiable, whatever is known of others', (t) => {
  const local = image({ digest: '' });
  t.deepEqual(
    imageStates(workload({ images: [local] }), () => scanned()),
    [{ state: 'unidentifiable', image: local }],
  );
});

// What is known of each image of a workload.
import test from 'ava';
import { digestKind, imageStates, whyUnknown } from '../../src/evaluation/image-state.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { content, imageState, issue, license, now, scanned, unavailable, unscanned } from '../builders/fact.ts';
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

test('an image of which a registry is being asked is unavailable, and says so', (t) => {
  const digest = digestOf('index');
  const asked = image({ digest: '', identity: { kind: 'asking', digest, reason: 'the registry reg.io is being asked' } });
  const [state] = imageStates(workload({ images: [asked] }), () => scanned());
  t.deepEqual(state, { state: 'unavailable', image: asked, fact: { state: 'unavailable', digest, reason: 'Xray was not asked yet' } });
  t.deepEqual(state && whyUnknown(state, { now, maxAgeMs: 1 }), {
    reason: 'ImageUnavailable',
    message: 'registry.example.com/shop/api:1.4: the registry reg.io is being asked',
  });
});

test('a digest is that of a manifest where a registry says so or Xray has found something in it, and unchecked otherwise', (t) => {
  const manifest = { kind: 'manifest', index: '', platform: '' } as const;
  const unchecked = { kind: 'unchecked', reason: 'reg.io answered 503' } as const;
  const kinds = [
    imageState(scanned({ content: content({ issues: [issue()] }) })),
    imageState(scanned({ content: content({ licenses: [license()] }) })),
    imageState(unscanned(), { identity: manifest }),
    imageState(scanned(), { identity: manifest }),
    imageState(scanned()),
    imageState(unscanned()),
    imageState(unavailable()),
    imageState(scanned(), { identity: unchecked }),
    imageState(unscanned(), { digest: '' }),
  ].map(digestKind);
  t.deepEqual(kinds, [...Array(4).fill('manifest'), ...Array(5).fill('unchecked')]);
});

// What is read back from an object that was scaled to zero, whoever wrote it there.
import test from 'ava';
import { actionAnnotation, identifyRemembered, readMemory, scaledDownLabel, withRememberedImages } from '../../src/actions/memory.ts';
import type { Identity } from '../../src/facts/identity.ts';
import { clusterOf } from '../builders/cluster.ts';
import { now, unscanned } from '../builders/fact.ts';
import { platformManifests } from '../builders/memory-registry.ts';
import { deployment, digestOf, node } from '../builders/objects.ts';
import { image, workload } from '../builders/workload.ts';

const record = {
  ...{ id: 'a1', uid: 'uid-1', policies: { production: 3 }, rules: ['production/no-high'], digests: [] },
  ...{ templateSha256: 't1', time: '2026-11-23T10:00:00.000Z', reasserted: 0 },
};

function read(changes: object) {
  const annotations = { [actionAnnotation]: JSON.stringify({ ...record, ...changes }) };
  return readMemory({ uid: 'uid-1', labels: { [scaledDownLabel]: '2' }, annotations });
}

test('a record is read, with names in any script', (t) => {
  t.false(read({}).isVoid);
  t.deepEqual(read({ rules: ['prüfung/kein-höchst'] }).memory?.record?.rules, ['prüfung/kein-höchst']);
});

test('a record with control characters in the name of a rule or policy is void, and the count is kept', (t) => {
  const nothing = { memory: { replicas: 2 }, isVoid: true };
  t.deepEqual(read({ rules: ['production/\u001b[31mno-high'] }), nothing);
  t.deepEqual(read({ rules: ['production/no-high\nall is well'] }), nothing);
  t.deepEqual(read({ rules: ['production/\u202eno-high'] }), nothing);
  t.deepEqual(read({ policies: { 'production\r': 3 } }), nothing);
});

/** The digests of a workload at zero that remembers one digest of its image, while the registry says this of it. */
function digestsAtZero(identity: Identity, nodes: readonly string[] = ['amd64']) {
  const controller = deployment({ replicas: 0 });
  const digests = [{ image: 'registry.example.com/shop/api:1.4', digest: digestOf('remembered'), firstSeenAt: now }];
  const memory = {
    replicas: 2,
    record: { ...record, uid: controller.uid, digests, templateSha256: controller.template.sha256, time: now },
  };
  const cluster = clusterOf(controller, ...nodes.map((architecture, index) => node({ name: `node-${index}`, architecture })));
  const identify = identifyRemembered(cluster, { factOf: (digest) => unscanned({ digest }), identityOf: () => identity });
  // One pod of the same reference is there, with another digest.
  return withRememberedImages(workload({ controller, images: [image()] }), memory, identify).images.map(({ digest }) => digest);
}

const running = image().digest;
const index: Identity = {
  kind: 'index',
  digest: digestOf('remembered'),
  manifests: platformManifests({ 'linux/amd64': running, 'linux/arm64': digestOf('arm64') }),
};

test('a remembered digest is judged beside what runs, also while it is not known what it is of', (t) => {
  t.deepEqual(digestsAtZero({ kind: 'manifest', digest: digestOf('remembered') }), [running, digestOf('remembered')]);
  t.deepEqual(digestsAtZero({ kind: 'unknown', reason: '503' }), [running, digestOf('remembered')]);
  t.deepEqual(digestsAtZero({ kind: 'asking', reason: 'being asked' }), [running, '']);
});

test('a remembered index is its manifest for each platform among the nodes, and one with what runs it', (t) => {
  t.deepEqual(digestsAtZero(index), [running]);
  t.deepEqual(digestsAtZero(index, ['arm64']), [running, digestOf('arm64')]);
  t.deepEqual(digestsAtZero(index, ['amd64', 'arm64']), [running, digestOf('arm64')]);
});

test('nodes that could run nothing of a remembered index count only where no other could, and nodes of no known platform always', (t) => {
  t.deepEqual(digestsAtZero(index, ['s390x', 'arm64']), [running, digestOf('arm64')]);
  t.deepEqual(digestsAtZero(index, ['s390x']), [running, '']);
  t.deepEqual(digestsAtZero(index, ['arm64', '']), [running, digestOf('arm64'), '']);
  t.deepEqual(digestsAtZero(index, []), [running, '']);
});

test('a digest that only a tag stood for is what the tag stands for now, as far as that can be told', (t) => {
  const moved = { kind: 'manifest', digest: digestOf('moved') } as const;
  const asking = { kind: 'asking', reason: 'being asked' } as const;
  const found = (identity: Identity, byTag = true) => {
    const remembered = { image: 'registry.example.com/shop/api:1.4', digest: digestOf('remembered'), firstSeenAt: now };
    const identityOf = ({ reference }: { readonly reference: string }): Identity =>
      reference === '1.4' ? identity : { kind: 'manifest', digest: reference };
    const identify = identifyRemembered(clusterOf(node()), { factOf: (digest) => unscanned({ digest }), identityOf });
    return identify({ ...remembered, ...(byTag ? { byTag: true } : {}) });
  };
  const digests = (...given: Parameters<typeof found>) => found(...given).map(({ digest }) => digest);
  t.deepEqual(digests(moved), [digestOf('moved')]);
  t.deepEqual(digests(asking), ['']);
  t.deepEqual(digests({ kind: 'unknown', reason: '503' }), [digestOf('remembered')]);
  t.deepEqual(digests(moved, false), [digestOf('remembered')]);
  // It stays a question, for a registry that cannot tell now.
  t.deepEqual(
    found({ kind: 'unknown', reason: '503' }).map(({ needs }) => needs.questions.map(({ reference }) => reference)),
    [['1.4', digestOf('remembered')]],
  );
});

test('only a plain yes says that a remembered image was scanned', (t) => {
  const digests = [true, false, 'true', undefined].map((scanned, index) => ({
    ...{ image: 'api:1', digest: digestOf(`${index}`), firstSeenAt: '2026-11-23T10:00:00.000Z' },
    scanned,
  }));
  const found = read({ digests }).memory?.record?.digests ?? [];
  t.deepEqual(
    found.map((one) => ('scanned' in one ? one.scanned : 'absent')),
    [true, 'absent', 'absent', 'absent'],
  );
});

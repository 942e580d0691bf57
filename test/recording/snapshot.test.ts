// Snapshots: what is written is read back, whatever the cluster; what must not be in them is not; what is mangled is refused.
import test from 'ava';
import type { Fact } from '../../src/facts/fact.ts';
import { gatherWorkload } from '../../src/facts/workload.ts';
import { createInterner } from '../../src/kubernetes/interner.ts';
import { projectObject } from '../../src/kubernetes/project.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { isSnapshot, readSnapshot } from '../../src/recording/read-snapshot.ts';
import { type RecordedContent, type RecordedIdentity, recordingOf } from '../../src/recording/recorded.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { content, issue, license, now, operationalRisk, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { container, deployment, digestOf, namespace, ownerReference, pod, replicaSet } from '../builders/objects.ts';
import { policyObject } from '../builders/policy.ts';
import { randomContent } from './random-content.ts';

/** Reads a text as `--resources` would. */
function read(text: string): RecordedContent {
  const [document] = parseDocuments('cluster.json', text);
  if (document === undefined || !isSnapshot(document)) throw new Error('no snapshot');
  return readSnapshot(document);
}

function recorded(given: Partial<RecordedContent> = {}): RecordedContent {
  return { takenAt: now, objects: [], policies: [], facts: new Map(), ...given };
}

function factsOf(...facts: readonly Fact[]): ReadonlyMap<string, Fact> {
  return new Map(facts.map((fact) => [fact.digest, fact]));
}

/** Lists in the order of what identifies their members. */
function inOrder({ objects, facts, ...rest }: RecordedContent): object {
  const byUid = objects.toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  return { ...rest, objects: byUid, facts: [...facts.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)) };
}

/** A snapshot of one object, as a value to be mangled. */
function oneObject(object: object): string {
  return JSON.stringify({
    apiVersion: 'kubexray.io/v1',
    kind: 'Snapshot',
    takenAt: '2026-11-23T10:00:00Z',
    objects: [object],
    policies: [],
    facts: [],
  });
}

const api = { kind: 'Namespace', name: 'shop', uid: 'uid-1', apiVersion: 'v1', createdAt: '2026-11-01T00:00:00Z' };

test('what is written is read back, for two hundred random clusters', (t) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const before = randomContent(seed);
    const after = read(snapshotText(before, ['*']).text);
    t.deepEqual(inOrder(after), inOrder(before), `seed ${seed}`);
  }
});

test('a snapshot is the same text whatever order things came in', (t) => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const { takenAt, objects, policies, facts } = randomContent(seed);
    const reversed = { takenAt, objects: objects.toReversed(), policies: policies.toReversed(), facts: new Map([...facts].reverse()) };
    t.is(snapshotText(reversed).text, snapshotText({ takenAt, objects, policies, facts }).text, `seed ${seed}`);
  }
});

test('the text of a small snapshot', (t) => {
  const facts = factsOf(
    scanned({ checkedAt: now, content: content({ issues: [issue({ id: 'XRAY-1' }), issue({ id: 'XRAY-2', cves: [] })] }) }),
    unavailable({ digest: `sha256:${'f'.repeat(64)}` }),
  );
  const text = snapshotText(
    recorded({ objects: [pod(), namespace()], policies: [policyObject({}, { status: { totals: {} } })], facts }),
  ).text;
  t.is(
    text,
    `{
"apiVersion": "kubexray.io/v1",
"kind": "Snapshot",
"takenAt": "2026-11-23T10:00:00.000Z",
"droppedAnnotations": [],
"objects": [
{"kind":"Namespace","name":"shop","uid":"uid-namespace-shop","apiVersion":"v1","createdAt":"2026-11-01T00:00:00.000Z"},
{"kind":"Pod","namespace":"shop","name":"api-1","uid":"uid-api-1","apiVersion":"v1","createdAt":"2026-11-01T00:00:00.000Z","phase":"Running","containers":[{"name":"api","type":"container","image":"registry.example.com/shop/api:1.4","imageID":"registry.example.com/shop/api@${digestOf('registry.example.com/shop/api:1.4')}"}]}
],
"policies": [
{"apiVersion":"kubexray.io/v1alpha1","kind":"KubeXrayPolicy","metadata":{"name":"production","uid":"uid-production","generation":3},"spec":{"rules":[{"name":"no-high","use":"security"}]}}
],
"facts": [
{"digest":"${digestOf('registry.example.com/shop/api:1.4')}","state":"scanned","issues":[
  {"id":"XRAY-1","cves":["CVE-2026-0001"],"severity":"high","cvss":7.5,"applicability":"","malicious":false,"publishedAt":"2026-10-01T00:00:00.000Z","components":[]},
  {"id":"XRAY-2","cves":[],"severity":"high","cvss":7.5,"applicability":"","malicious":false,"publishedAt":"2026-10-01T00:00:00.000Z","components":[]}]},
{"digest":"sha256:${'f'.repeat(64)}","state":"unavailable","reason":"Xray answered 503"}
]
}
`,
  );
});

test('a vulnerability that comes, and a snapshot taken later, are one line each of a diff', (t) => {
  const later = new Date('2026-11-24T10:00:00Z');
  const fact = (checkedAt: Date, ids: readonly string[]) =>
    factsOf(scanned({ checkedAt, content: content({ issues: ids.map((id) => issue({ id })), licenses: [license()] }) }));
  const before = snapshotText(recorded({ objects: [pod()], facts: fact(now, ['XRAY-1', 'XRAY-3']) })).text.split('\n');
  const after = snapshotText(recorded({ takenAt: later, objects: [pod()], facts: fact(later, ['XRAY-1', 'XRAY-2', 'XRAY-3']) })).text.split(
    '\n',
  );
  t.deepEqual(
    after.filter((line) => !before.includes(line)).map((line) => line.slice(0, 24)),
    ['"takenAt": "2026-11-24T1', '  {"id":"XRAY-2","cves":'],
  );
});

test('the resource version of an object does not change the text', (t) => {
  const text = (resourceVersion: string) => snapshotText(recorded({ objects: [pod({ resourceVersion })] })).text;
  t.is(text('1'), text('2'));
});

test('annotations are left out but our own and those that were asked for, and the keys are told', (t) => {
  const annotations = { 'kubexray.io/approve': 'a', 'team.example.com/owner': 'shop', 'deploy.example.com/token': 'hunter2' };
  const { text, droppedAnnotations } = snapshotText(recorded({ objects: [deployment({ annotations })] }), ['team.example.com/*']);
  t.deepEqual(read(text).objects[0]?.annotations, { 'kubexray.io/approve': 'a', 'team.example.com/owner': 'shop' });
  t.deepEqual(droppedAnnotations, ['deploy.example.com/token']);
  t.deepEqual(read(text).droppedAnnotations, ['deploy.example.com/token']);
  // Written again, the file still says what it lacks.
  t.is(snapshotText(read(text), ['*']).text, text);
});

test('a snapshot names a hundred annotations that were left out, sorted', (t) => {
  const keys = Array.from({ length: 150 }, (_, index) => `example.com/${1000 + index}`);
  const annotations = Object.fromEntries(keys.toReversed().map((key) => [key, 'x']));
  const { text, droppedAnnotations } = snapshotText(recorded({ objects: [deployment({ annotations })] }));
  t.deepEqual(read(text).droppedAnnotations, keys.slice(0, 100));
  t.deepEqual(droppedAnnotations, keys);
});

test('a snapshot that does not say which annotations were left out is read', (t) => {
  t.deepEqual(read(oneObject(api)).droppedAnnotations, undefined);
});

test('no secret of a raw object reaches the text', (t) => {
  const container = {
    name: 'api',
    image: 'api:1',
    env: [{ name: 'PASSWORD', value: 'hunter2' }],
    args: ['--token=hunter2'],
    command: ['hunter2'],
  };
  const metadata = {
    ...{ name: 'api', namespace: 'shop', uid: 'uid-1', creationTimestamp: '2026-11-01T00:00:00Z' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"value":"hunter2"}', 'kubernetes.io/change-cause': 'set hunter2' },
    managedFields: [{ manager: 'hunter2' }],
  };
  const spec = { containers: [container], volumes: [{ name: 'hunter2' }], imagePullSecrets: [{ name: 'hunter2' }] };
  const intern = createInterner();
  const objects = [
    projectObject('Pod', { metadata, spec, status: { message: 'hunter2' } }, intern),
    projectObject(
      'Deployment',
      { metadata: { ...metadata, uid: 'uid-2' }, spec: { template: { metadata: { annotations: { a: 'hunter2' } }, spec } } },
      intern,
    ),
  ].filter((object) => object !== undefined);
  const policies = [
    policyObject({}, { metadata: { name: 'production', annotations: metadata.annotations, managedFields: [{ manager: 'hunter2' }] } }),
  ];
  const { text } = snapshotText(recorded({ objects, policies }));
  t.is(objects.length, 2);
  t.false(text.includes('hunter2'));
});

test('a workload is gathered from a snapshot as it was from the cluster', (t) => {
  const api = deployment({ labels: { team: 'shop' } });
  const set = replicaSet({ name: 'api-6d5', owners: [ownerReference(api)] });
  const objects = [namespace(), api, set, pod({ owners: [ownerReference(set)], containers: [container()] })];
  const before = recordingOf(recorded({ objects }));
  const after = recordingOf(read(snapshotText(recorded({ objects })).text));
  const withoutVersion = (workload: ReturnType<typeof gatherWorkload>) =>
    workload && { ...workload, controller: workload.controller && { ...workload.controller, resourceVersion: '' } };
  t.deepEqual(gatherWorkload(after.cluster, api.uid), withoutVersion(gatherWorkload(before.cluster, api.uid)));
  t.is(gatherWorkload(after.cluster, api.uid)?.images[0]?.current, true);
});

test('a digest that was not recorded is unavailable, and says so', (t) => {
  const recording = recordingOf(recorded({ facts: factsOf(unscanned()) }));
  t.is(recording.factOf(unscanned().digest).state, 'unscanned');
  t.deepEqual(recording.factOf(digestOf('other')), {
    state: 'unavailable',
    digest: digestOf('other'),
    reason: 'nothing was recorded about this image',
  });
});

test('every kind of fact keeps what it says', (t) => {
  const old = new Date('2026-11-01T00:00:00Z');
  const risks = content({ operationalRisks: [operationalRisk()], licenses: [license({ components: ['npm://a'] })] });
  const facts = factsOf(
    scanned({ content: risks, unchangedSince: old, stale: true, reason: 'Xray answered 503' }),
    unscanned({ digest: digestOf('a'), checkedAt: now }),
    unavailable({ digest: digestOf('b') }),
  );
  t.deepEqual(new Map([...read(snapshotText(recorded({ facts })).text).facts].sort()), new Map([...facts].sort()));
});

test('what registries said is written in an order that stays, and read back', (t) => {
  const place = { registry: 'reg.io', repository: 'shop/api' };
  const identities: readonly RecordedIdentity[] = [
    { ...place, reference: digestOf('b'), identity: { kind: 'unknown', reason: 'reg.io answered 503' } },
    { ...place, reference: '1.4', identity: { kind: 'manifest', digest: digestOf('c'), config: digestOf('d') } },
    {
      ...place,
      reference: digestOf('a'),
      identity: {
        kind: 'index',
        digest: digestOf('a'),
        manifests: [
          { digest: digestOf('x'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
          { digest: digestOf('y'), platform: { os: 'windows', architecture: 'amd64', variant: '' }, narrowed: true },
          { digest: digestOf('z'), platform: { os: '', architecture: '', variant: '' } },
        ],
      },
    },
  ];
  const { text } = snapshotText(recorded({ identities }));
  t.is(snapshotText(recorded({ identities: identities.toReversed() })).text, text);
  const after = read(text);
  const byReference = (list: readonly RecordedIdentity[] = []) => list.toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  t.deepEqual(byReference(after.identities), byReference(identities));
  t.deepEqual(recordingOf(after).identityOf({ ...place, reference: '1.4', since: now }), {
    kind: 'manifest',
    digest: digestOf('c'),
    config: digestOf('d'),
  });
  t.is(recordingOf(after).identityOf({ ...place, reference: '1.5' }), undefined);
});

test('a snapshot without a registry says nothing of one, and one whose registry said nothing says so', (t) => {
  t.false(snapshotText(recorded()).text.includes('identities'));
  t.deepEqual(read(snapshotText(recorded({ identities: [] })).text).identities, []);
});

const head = { apiVersion: 'kubexray.io/v1', kind: 'Snapshot', takenAt: '2026-11-23T10:00:00Z', objects: [], policies: [], facts: [] };

const mangled: Readonly<Record<string, { readonly text: string; readonly message: string }>> = {
  'a newer version': {
    text: JSON.stringify({ ...head, apiVersion: 'kubexray.io/v2' }),
    message: 'read cluster.json: apiVersion must be kubexray.io/v1',
  },
  'a field that is not known': {
    text: JSON.stringify({ ...head, secrets: [] }),
    message: 'read cluster.json: secrets is not a known field',
  },
  'the key of an annotation that would write on a terminal': {
    text: JSON.stringify({ ...head, droppedAnnotations: ['a\u001b[31m'] }),
    message: 'read cluster.json: droppedAnnotations[0] must match pattern "^[^\\p{C}]+$"',
  },
  'a list that is missing': {
    text: JSON.stringify({ ...head, facts: undefined }),
    message: 'read cluster.json: facts is missing',
  },
  'a time without its zone': {
    text: JSON.stringify({ ...head, takenAt: '2026-11-23T10:00:00' }),
    message: 'read cluster.json: takenAt must be a time such as 2026-11-23T10:00:00Z',
  },
  'a kind that is not recorded': {
    text: oneObject({ ...api, kind: 'Secret' }),
    message:
      'read cluster.json: objects[0].kind must be one of Pod, ControllerRevision, Namespace, Node, Deployment, StatefulSet, DaemonSet, ReplicaSet, CronJob, Job',
  },
  'an object without its uid': {
    text: oneObject({ ...api, uid: undefined }),
    message: 'read cluster.json: objects[0].uid is missing',
  },
  'a field of another kind': {
    text: oneObject({ ...api, replicas: 3 }),
    message: 'read cluster.json: objects[0].replicas is not a known field',
  },
  'environment values that somebody added': {
    text: oneObject({ ...api, kind: 'Pod', containers: [{ name: 'a', type: 'container', image: 'a', env: [] }] }),
    message: 'read cluster.json: objects[0].containers[0].env is not a known field',
  },
  'a label that is a number': {
    text: oneObject({ ...api, labels: { 'a/b': 3 } }),
    message: 'read cluster.json: objects[0].labels.a/b must be string',
  },
  'an object that is null': {
    text: JSON.stringify({ ...head, objects: [null] }),
    message:
      'read cluster.json: objects[0].kind must be one of Pod, ControllerRevision, Namespace, Node, Deployment, StatefulSet, DaemonSet, ReplicaSet, CronJob, Job',
  },
  'two objects of one uid': {
    text: JSON.stringify({ ...head, objects: [api, api] }),
    message: 'read cluster.json: objects[1].uid uid-1 is that of an earlier entry',
  },
  'a digest that is none': {
    text: JSON.stringify({ ...head, facts: [{ digest: 'sha256:1', state: 'unscanned' }] }),
    message: 'read cluster.json: facts[0].digest must match pattern "^sha256:[0-9a-f]{64}$"',
  },
  'an answer of a registry without its digest': {
    text: JSON.stringify({ ...head, identities: [{ registry: 'reg.io', repository: 'api', reference: '1', kind: 'index' }] }),
    message: 'read cluster.json: identities[0].digest is missing',
  },
  'an issue that has lost its severity': {
    text: JSON.stringify({ ...head, facts: [{ digest: digestOf('a'), state: 'scanned', issues: [{ ...issue(), severity: undefined }] }] }),
    message: 'read cluster.json: facts[0].issues[0].severity is missing',
  },
  'a severity in the words of another scanner': {
    text: JSON.stringify({ ...head, facts: [{ digest: digestOf('a'), state: 'scanned', issues: [{ ...issue(), severity: 'HIGH' }] }] }),
    message: 'read cluster.json: facts[0].issues[0].severity must be one of critical, high, medium, low, information, unknown',
  },
};

for (const [name, { text, message }] of Object.entries(mangled)) {
  test(`a snapshot is refused, with the path: ${name}`, (t) => {
    t.throws(() => read(text), { message });
  });
}

test('a snapshot that was cut short is refused, wherever it was cut', (t) => {
  const { text } = snapshotText(randomContent(7), ['*']);
  for (let cut = 1; cut < text.trimEnd().length; cut += 97) t.throws(() => read(text.slice(0, cut)), undefined, `cut at ${cut}`);
});

test('names that mean something to JavaScript are labels like any other', (t) => {
  const text = oneObject({ ...api, labels: JSON.parse('{"__proto__": "a", "constructor": "b"}') });
  const labels = read(text).objects[0]?.labels ?? {};
  t.deepEqual(Object.entries(labels), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  t.deepEqual(read(snapshotText(read(text)).text).objects[0]?.labels, labels);
});

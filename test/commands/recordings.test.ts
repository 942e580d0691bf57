// Recordings from files: manifests become the cluster that they would make, facts find their images, mistakes name file and line.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { type ReadRecording, readRecording } from '../../src/commands/recordings.ts';
import { gatherWorkload, type Workload } from '../../src/facts/workload.ts';
import type { FullRecording } from '../../src/recording/recorded.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { content, issue, scanned } from '../builders/fact.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf, namespace, pod } from '../builders/objects.ts';

const now = new Date('2026-11-23T10:00:00Z');
const hex = 'a'.repeat(64);

/** Writes files into a folder of their own and returns the path of one. */
async function written(files: Readonly<Record<string, string>>): Promise<(name: string) => string> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-recordings-'));
  folders.push(directory);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return (name) => join(directory, name);
}

const folders: string[] = [];
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function recordingOf(resources: string, facts?: string): Promise<ReadRecording> {
  const at = await written({ 'resources.yaml': resources, ...(facts === undefined ? {} : { 'facts.yaml': facts }) });
  return readRecording({ resources: at('resources.yaml'), ...(facts === undefined ? {} : { facts: at('facts.yaml') }), now });
}

/** The workloads of a recording, with the digest of their images. */
function workloads({ cluster }: FullRecording): readonly Workload[] {
  const all = [...cluster.workloadKeys()].map((key) => gatherWorkload(cluster, key)).filter((found) => found !== undefined);
  return all.toSorted((a, b) => (a.ref.uid < b.ref.uid ? -1 : 1));
}

function summaries(recording: FullRecording): readonly string[] {
  return workloads(recording).map(
    ({ ref, replicas, pods, images, ownersKnown }) =>
      `${ref.kind} ${ref.namespace}/${ref.name} ${pods}/${replicas} ${images.map(({ ref: image, current }) => `${image} ${current ? 'current' : 'old'}`)}${ownersKnown ? '' : ' owners unknown'}`,
  );
}

const template = (image: string): string => `{metadata: {labels: {app: a}}, spec: {containers: [{name: main, image: "${image}"}]}}`;

const everyKind = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 3, selector: {matchLabels: {app: a}}, template: ${template('web:1')}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {app: a}}, template: ${template('db:1')}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, template: ${template('agent:1')}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: bare, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, template: ${template('bare:1')}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec: {template: ${template('once:1')}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: ${template('nightly:1')}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone}
spec: {containers: [{name: main, image: "alone:1"}]}
---
# nothing but a comment
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
---
apiVersion: kubexray.io/v1alpha1
kind: KubeXrayPolicy
metadata: {name: production}
spec: {rules: [{name: no-high, use: security}]}
`;

test('manifests of every kind become workloads as if rolled out', async (t) => {
  const recording = await recordingOf(everyKind);
  t.deepEqual(summaries(recording), [
    'CronJob shop/nightly 1/1 nightly:1 current',
    'DaemonSet shop/agent 1/1 agent:1 current',
    'Deployment shop/web 3/3 web:1 current',
    'Job shop/once 1/1 once:1 current',
    'Pod default/alone 1/1 alone:1 current',
    'ReplicaSet shop/bare 1/1 bare:1 current',
    'StatefulSet shop/db 2/2 db:1 current',
  ]);
  t.deepEqual(
    recording.policies.map((policy) => policy.kind),
    ['KubeXrayPolicy'],
  );
  t.deepEqual(recording.notes, ['2 manifests of other kinds passed over: 1 ConfigMap, 1 Service']);
  t.is(
    recording.declared?.namespaceNote,
    'no manifest of 2 namespaces (default, shop): labels are not known, so a namespaceSelector sees none',
  );
  t.deepEqual(recording.takenAt, now);
});

test('an image without a known digest says why, and one that is pinned has it', async (t) => {
  const at = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: ${template(image)}}
`;
  const [tagged] = workloads(await recordingOf(at('web:1')));
  const [pinned] = workloads(await recordingOf(at(`web:1@sha256:${hex}`)));
  t.is(tagged?.images[0]?.digest, '');
  t.is(tagged?.images[0]?.problem, 'web:1 was not pulled yet, so its digest is not known');
  t.is(pinned?.images[0]?.digest, `sha256:${hex}`);
});

test('a workload that asks for no replicas has no pods', async (t) => {
  const text = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 0, template: ${template('web:1')}}}`;
  t.deepEqual(summaries(await recordingOf(text)), ['Deployment default/web 0/0 ']);
});

test('a manifest that asks for a billion replicas does not fill the memory', async (t) => {
  const text = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1000000000, template: ${template('web:1')}}}`;
  t.deepEqual(summaries(await recordingOf(text)), ['Deployment default/web 1000/1000000000 web:1 current']);
});

const exported = { uid: 'uid-web', creationTimestamp: '2026-11-01T00:00:00Z', namespace: 'shop' };
const list = (...items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const spec = {
  replicas: 2,
  selector: { matchLabels: { app: 'a' } },
  template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'web:2' }] } },
};
const webDeployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...exported, name: 'web', generation: 4 }, spec };
const webNamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { ...exported, namespace: undefined, name: 'shop', uid: 'uid-shop', labels: { tier: 'prod' } },
};

test('an export without pods gets those of its templates, and keeps its uids and times', async (t) => {
  const recording = await recordingOf(list(webDeployment, webNamespace));
  const [web] = workloads(recording);
  t.deepEqual(summaries(recording), ['Deployment shop/web 2/2 web:2 current']);
  t.is(web?.ref.uid, 'uid-web');
  t.deepEqual(web?.images[0]?.firstSeenAt, new Date('2026-11-01T00:00:00Z'));
  t.deepEqual(web?.namespaceLabels, { tier: 'prod', 'kubernetes.io/metadata.name': 'shop' });
  t.deepEqual(recording.notes, []);
});

test('an export with its pods gets no others, and what has none is at rest', async (t) => {
  const owner = { apiVersion: 'apps/v1', controller: true };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    spec,
    metadata: {
      ...exported,
      name: 'web-1',
      uid: 'uid-set',
      labels: { app: 'a' },
      ownerReferences: [{ ...owner, kind: 'Deployment', name: 'web', uid: 'uid-web' }],
    },
  };
  const webPod = {
    ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'main', image: 'web:2' }] } },
    metadata: {
      ...exported,
      name: 'web-1-x',
      uid: 'uid-pod',
      labels: { app: 'a' },
      ownerReferences: [{ ...owner, kind: 'ReplicaSet', name: 'web-1', uid: 'uid-set' }],
    },
    status: { phase: 'Running', containerStatuses: [{ name: 'main', imageID: `web@sha256:${hex}` }] },
  };
  const idle = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { ...exported, name: 'idle', uid: 'uid-idle' },
    spec: { jobTemplate: { spec: { template: spec.template } } },
  };
  const recording = await recordingOf(list(webNamespace, webDeployment, set, webPod, idle));
  t.deepEqual(summaries(recording), ['CronJob shop/idle 0/0 ', 'Deployment shop/web 1/2 web:2 current']);
  t.deepEqual(recording.notes, []);
  const withoutSets = await recordingOf(list(webNamespace, webDeployment, webPod));
  t.deepEqual(withoutSets.notes, ['1 pod whose owner is not there (Pod shop/web-1-x, for one) cannot be judged: export the owners too']);
});

test('an export without pods whose ReplicaSet is there gets the pods of that one', async (t) => {
  const ownerReferences = [{ apiVersion: 'apps/v1', controller: true, kind: 'Deployment', name: 'web', uid: 'uid-web' }];
  const metadata = { ...exported, name: 'web-1', uid: 'uid-set', labels: { app: 'a' }, ownerReferences };
  const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec, metadata };
  t.deepEqual(summaries(await recordingOf(list(webNamespace, webDeployment, set))), ['Deployment shop/web 2/2 web:2 current']);
});

test('the list of one kind, as the API server gives it, names the kind of its items', async (t) => {
  const { apiVersion: _, kind: __, ...item } = webDeployment;
  t.deepEqual(summaries(await recordingOf(JSON.stringify({ apiVersion: 'apps/v1', kind: 'DeploymentList', items: [item] }))), [
    'Deployment shop/web 2/2 web:2 current',
  ]);
});

test('a folder is read with its folders, in the order of names, without what is hidden or of another kind', async (t) => {
  const one = (name: string) => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: main, image: "a:1"}]}}`;
  const at = await written({
    'b.yml': one('b'),
    'a/a.yaml': one('a'),
    'c.json': '{"apiVersion": "v1", "kind": "List", "items": []}',
    'README.md': 'x: [',
    '.git/d.yaml': 'x: [',
  });
  const { objects } = await readRecording({ resources: at(''), now });
  t.deepEqual(
    objects.map(({ kind, name }) => `${kind} ${name}`),
    ['Pod a', 'Pod b', 'Namespace default'],
  );
});

test('a snapshot brings its own time, policies and facts; facts from a file say more', async (t) => {
  const takenAt = new Date('2026-11-20T00:00:00Z');
  const fact = scanned({ checkedAt: takenAt, content: content({ issues: [issue({ id: 'XRAY-9' })] }) });
  const { text } = snapshotText({ takenAt, objects: [namespace(), pod()], policies: [], facts: new Map([[fact.digest, fact]]) });
  const at = await written({
    'snapshot.json': text,
    'facts.yaml': 'images: [{ref: "registry.example.com/shop/api:1.4", state: unscanned}]',
  });
  const plain = await readRecording({ resources: at('snapshot.json'), now });
  t.deepEqual(plain.takenAt, takenAt);
  t.deepEqual(plain.factOf(fact.digest), fact);
  const changed = await readRecording({ resources: at('snapshot.json'), facts: at('facts.yaml'), now });
  t.is(changed.factOf(fact.digest).state, 'unscanned');
  t.deepEqual(changed.objects, plain.objects);
});

test('facts by reference are about whatever digest runs under it, unless the digest has an entry of its own', async (t) => {
  const digest = `sha256:${hex}`;
  const running = pod({ containers: [{ name: 'main', type: 'container', image: 'web:1', imageID: `web@${digest}` }] });
  const { text } = snapshotText({ takenAt: now, objects: [namespace(), running], policies: [], facts: new Map() });
  const byReference = await recordingOf(text, 'images: [{ref: "web:1", state: unscanned}]');
  t.deepEqual(byReference.factOf(digest), { state: 'unscanned', digest, checkedAt: now, unchangedSince: now, stale: false, reason: '' });
  const byBoth = await recordingOf(text, `images: [{ref: "web:1", state: unscanned}, {digest: "${digest}"}]`);
  t.is(byBoth.factOf(digest).state, 'scanned');
});

test('facts by reference give the image of a manifest a digest, however the reference is written', async (t) => {
  const pods = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: main, image: nginx}]}}`;
  const recording = await recordingOf(
    pods,
    'images:\n  - ref: docker.io/library/nginx:latest\n    issues: [{id: XRAY-7, severity: critical}]\n',
  );
  const digest = workloads(recording)[0]?.images[0]?.digest ?? '';
  t.regex(digest, /^sha256:[0-9a-f]{64}$/);
  const fact = recording.factOf(digest);
  t.is(fact.state, 'scanned');
  t.deepEqual(fact.state === 'scanned' && fact.content.issues, [
    { id: 'XRAY-7', cves: [], severity: 'critical', cvss: null, applicability: '', malicious: false, publishedAt: '', components: [] },
  ]);
  t.deepEqual(fact.state === 'scanned' && fact.checkedAt, now);
});

test('facts by digest and reference give a tag that digest', async (t) => {
  const pods = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: main, image: "web:1"}]}}`;
  const recording = await recordingOf(pods, `images: [{refs: ["web:1", "web:stable"], digest: "sha256:${hex}", state: unavailable}]`);
  t.is(workloads(recording)[0]?.images[0]?.digest, `sha256:${hex}`);
  t.deepEqual(recording.factOf(`sha256:${hex}`), { state: 'unavailable', digest: `sha256:${hex}`, reason: 'the file of facts says so' });
});

test('the facts of a snapshot serve manifests that name the same images', async (t) => {
  const fact = scanned({ content: content({ issues: [issue()] }) });
  const { text } = snapshotText({ takenAt: now, objects: [namespace(), pod()], policies: [], facts: new Map([[fact.digest, fact]]) });
  const pods = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: main, image: "registry.example.com/shop/api:1.4"}]}}`;
  const recording = await recordingOf(pods, text);
  t.is(workloads(recording)[0]?.images[0]?.digest, fact.digest);
  t.is(recording.factOf(fact.digest).state, 'scanned');
});

test('Xray is asked about the digests that no file knows, and only about those', async (t) => {
  const at = await written({
    'pods.yaml': `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: "a@sha256:${hex}"}, {name: b, image: "b:1"}, {name: c, image: "c@${digestOf('c')}"}]}}`,
    'facts.yaml': `images: [{digest: "sha256:${hex}"}]`,
  });
  const scans = memoryScans();
  const recording = await readRecording({ resources: at('pods.yaml'), facts: at('facts.yaml'), scans, now });
  t.deepEqual(scans.questions, [[digestOf('c')]]);
  t.is(recording.factOf(digestOf('c')).state, 'scanned');
});

const refused: Readonly<Record<string, { readonly resources: string; readonly facts?: string; readonly message: RegExp }>> = {
  'YAML that does not parse': { resources: 'a: 1\nb: [1,\nc: {', message: /^read \S+resources\.yaml:[23]: \S/ },
  'a document that is no manifest': {
    resources: `${everyKind}---\nkind: Pod\n`,
    message: /resources\.yaml:\d+: it is no manifest: kind or apiVersion is missing$/,
  },
  'a workload without a name': { resources: '\napiVersion: v1\nkind: Pod\n', message: /resources\.yaml:2: Pod has no metadata\.name$/ },
  'aliases that multiply': {
    resources: `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}`,
    message: /resources\.yaml: Excessive alias count/,
  },
  'facts with a misspelt field': {
    resources: everyKind,
    facts: 'images:\n  - ref: "web:1"\n    issues:\n      - id: XRAY-1\n        severty: high\n',
    message:
      /facts\.yaml:5: images\[0\]\.issues\[0\]\.severty is not a known field: did you mean `severity`\? known are id, cves, severity, /,
  },
  'facts with a severity that is none': {
    resources: everyKind,
    facts: 'images:\n  - ref: "web:1"\n    issues:\n      - severity: High\n',
    message: /facts\.yaml:4: images\[0\]\.issues\[0\]\.severity must be one of critical, high, medium, low, information, unknown$/,
  },
  'facts about no image': {
    resources: everyKind,
    facts: 'images:\n  - issues: []\n',
    message: /facts\.yaml:2: images\[0\] names no image; give ref, refs or digest$/,
  },
  'two facts about one image': {
    resources: everyKind,
    facts: 'images:\n  - ref: nginx\n  - ref: nginx:latest\n',
    message: /facts\.yaml:3: images\[1\] is about the image of an earlier entry$/,
  },
  'facts without a list': {
    resources: everyKind,
    facts: 'image: []\n',
    message:
      /: it has 2 mistakes\n {2}\S+facts\.yaml:1: images is missing\n {2}\S+facts\.yaml:1: image is not a known field: did you mean `images`\? known are apiVersion, kind, images, watches$/,
  },
  'facts with several mistakes, all of them': {
    resources: everyKind,
    facts: 'images:\n  - ref: a\n    sate: scanned\n  - ref: b\n    issues: [{severity: High}]\n',
    message:
      /facts\.yaml: it has 2 mistakes\n {2}\S+facts\.yaml:3: images\[0\]\.sate is not a known field: did you mean `state`\? .*\n {2}\S+facts\.yaml:5: images\[1\]\.issues\[0\]\.severity must be one of /,
  },
  'images that are named wrongly, all of them': {
    resources: everyKind,
    facts: 'images:\n  - issues: []\n  - ref: nginx\n  - ref: nginx:latest\n',
    message: /it has 2 mistakes\n {2}\S+:2: images\[0\] names no image; .*\n {2}\S+:4: images\[2\] is about the image of an earlier entry$/,
  },
  'more mistakes than a person mends at once': {
    resources: everyKind,
    facts: `images: [${'{rf: a}, '.repeat(25)}]`,
    message: /it has 25 mistakes\n(.*\n){20} {2}and 5 more$/,
  },
  'facts in the place of manifests': {
    resources: 'images: []\n',
    message: /^read \S+resources\.yaml: is no snapshot and no manifest, but a file of facts: give it with --facts$/,
  },
  'facts that say so, in the place of manifests': {
    resources: 'apiVersion: kubexray.io/v1\nkind: Facts\nimages: []\n',
    message: /is no snapshot and no manifest, but a file of facts/,
  },
  'facts that are empty': { resources: everyKind, facts: '# nothing\n', message: /facts\.yaml: it is empty$/ },
};

for (const [name, { resources, facts, message }] of Object.entries(refused)) {
  test(`is refused, with its place: ${name}`, async (t) => {
    await t.throwsAsync(recordingOf(resources, facts), { message });
  });
}

test('a message about YAML that does not parse does not repeat what stands there', async (t) => {
  const error = await t.throwsAsync(recordingOf('data:\n  password: "hunter2\n  other: [\n'));
  t.false(error.message.includes('hunter2'));
});

test('a folder without manifests, a file that is not there and a snapshot among others are named', async (t) => {
  const { text } = snapshotText({ takenAt: now, objects: [], policies: [], facts: new Map() });
  const at = await written({ 'empty/README.md': '', 'both/a.json': text, 'both/b.yaml': everyKind });
  const read = (name: string) => readRecording({ resources: at(name), now });
  await t.throwsAsync(read('empty'), { message: /empty: there is no \.yaml, \.yml or \.json file in it$/ });
  await t.throwsAsync(read('gone'), { message: /^read \S+gone: there is no such file or folder$/ });
  await t.throwsAsync(read('both'), { message: /a\.json: a snapshot is a whole cluster, and is given alone$/ });
});

test('a snapshot that was written without annotations says so, with ten of their keys', async (t) => {
  const annotations = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`example.com/${String.fromCharCode(97 + index)}`, 'x']));
  const { text } = snapshotText({ takenAt: now, objects: [namespace({ annotations })], policies: [], facts: new Map() });
  const at = await written({ 'cluster.json': text });
  const keys = [...'abcdefghij'].map((letter) => `example.com/${letter}`).join(', ');
  t.deepEqual((await readRecording({ resources: at('cluster.json'), now })).notes, [
    `annotations were left out when this snapshot was taken (${keys}, and 2 more): rules that read them see none`,
  ]);
});

// `plan` and `explain` about violations of Xray's watches, on recorded facts, with the real compiler.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runExplain } from '../../src/commands/explain.ts';
import { runPlan } from '../../src/commands/plan.ts';
import { createRecordedDocument } from '../../src/commands/recorded-document.ts';
import { readRecording } from '../../src/commands/recordings.ts';
import { joinWatches } from '../../src/facts/watch-fact.ts';
import type { WatchSource } from '../../src/facts/watch-source.ts';
import { content, now } from '../builders/fact.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf } from '../builders/objects.ts';
import { watchRow } from '../builders/watch-row.ts';
import { captured, fixture } from './captured.ts';

const policy = (watches: string) => `
apiVersion: kubexray.io/v1alpha1
kind: KubeXrayPolicy
metadata: {name: legal}
spec:
  mode: Enforce
  match: {namespaces: [shop]}
  facts: {watches: [${watches}]}
  rules:
    - {name: licenses, use: license, parameters: {useXrayViolations: true}, actions: {default: ScaleDown}}
    - {name: plain, use: unscanned}
    - {name: own, rego: "package own\\nviolation contains {\\"msg\\": \\"many\\"} if input.workload.replicas > 100"}
`;

const facts = `
watches: [audit]
images:
  - ref: registry.example.com/shop/api:1.4
    violations: [{watch: legal, type: license, policy: no-copyleft, issue: AGPL-3.0}]
  - ref: registry.example.com/shop/web:3.1
`;

const api = digestOf('registry.example.com/shop/api:1.4');
const time = '2026-11-23T09:00:00Z';
const violation = { type: 'license', severity: 'high', policy: 'no-copyleft', rule: '', issue: 'AGPL-3.0' };
const snapshot = {
  ...{ apiVersion: 'kubexray.io/v1', kind: 'Snapshot', takenAt: '2026-11-23T10:00:00Z', policies: [] },
  objects: [
    { kind: 'Namespace', name: 'shop', uid: 'uid-shop', apiVersion: 'v1', createdAt: time },
    {
      ...{ kind: 'Pod', namespace: 'shop', name: 'api', uid: 'uid-api', apiVersion: 'v1', createdAt: time, phase: 'Running' },
      containers: [{ name: 'api', type: 'container', image: 'api:1.4', imageID: `docker.io/library/api@${api}` }],
    },
  ],
  facts: [{ digest: api, state: 'scanned', issues: [], licenses: [] }],
  watches: [
    { name: 'legal', state: 'known', checkedAt: '2026-11-20T10:00:00Z', images: [{ digest: api, violations: [violation] }] },
    { name: 'gone', state: 'unavailable', reason: 'Xray knows no watch gone' },
  ],
};

const pinned = `
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec: {containers: [{name: api, image: "registry.example.com/shop/api:1.4@${api}"}]}
`;

let directory: string;
const path = (name: string): string => join(directory, name);

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubexray-commands-watches-'));
  await Promise.all([
    writeFile(path('known.yaml'), policy('audit, legal')),
    writeFile(path('unknown.yaml'), policy('audit, other')),
    writeFile(path('facts.yaml'), facts),
    writeFile(path('pinned.yaml'), pinned),
    writeFile(path('snapshot.json'), JSON.stringify(snapshot)),
  ]);
});
test.after.always(() => rm(directory, { recursive: true, force: true }));

async function explain(
  file: string,
  flags: object = { resources: fixture('manifests'), facts: path('facts.yaml') },
  name = 'deploy/shop/api',
) {
  const { surroundings, stdout } = captured();
  await runExplain(name, { file: [path(file)], output: 'text', traceDetail: 'fails', namespace: 'kubexray', ...flags }, surroundings);
  return stdout();
}

test('an explanation counts the violations of an image by watch, and says how old what each watch told is', async (t) => {
  const text = await explain('known.yaml');
  t.true(text.includes('no issue; no license found; 1 violation of watch legal\n'), text);
  t.true(
    text.includes('  watch audit: as given\n  watch legal: as given\n  licenses: violated → ScaleDown: would scale to 0 from 3\n'),
    text,
  );
  t.true(text.includes('has the license AGPL-3.0, which breaks the policy no-copyleft of Xray (watch legal)'), text);
  const recorded = await explain('known.yaml', { snapshot: path('snapshot.json') }, 'pod/shop/api');
  t.true(
    recorded.includes('  watch audit: nothing was recorded about the watch audit\n  watch legal: asked 3d ago, older than maxAge\n'),
    recorded,
  );
  t.true(recorded.includes('  licenses: undecided'), recorded);
});

test('where a watch is not known, library rules that read violations and inline rules are undecided, and the others are not', async (t) => {
  const text = await explain('unknown.yaml');
  t.true(text.includes('  watch other: nothing was recorded about the watch other\n  licenses: undecided\n'), text);
  t.true(text.includes('    ? watch other: nothing was recorded about the watch other (WatchUnavailable)\n'), text);
  t.true(text.includes('  plain: passed\n'), text);
  t.true(text.includes('  own: undecided\n    ? watch other: nothing was recorded about the watch other (WatchUnavailable)\n'), text);
});

test('a trace shows the rule on the violations of its own watches', async (t) => {
  const flags = { resources: fixture('manifests'), facts: path('facts.yaml'), traceRule: 'licenses', traceDetail: 'full' };
  t.true((await explain('known.yaml', flags)).includes('"AGPL-3.0"'));
  t.false((await explain('unknown.yaml', flags)).includes('"AGPL-3.0"'));
});

test('a plan acts on what a watch found, and ends with 1 for it', async (t) => {
  const plan = async (file: string) => {
    const { surroundings, stdout } = captured();
    const flags = { resources: fixture('manifests'), facts: path('facts.yaml'), onlyNamespaces: 'shop', namespace: 'kubexray' };
    const code = await runPlan({ file: [path(file)], failOn: 'action', output: 'json', ...flags }, surroundings);
    return [code, JSON.parse(stdout()).totals.wouldAct.ScaleDown];
  };
  t.deepEqual(await plan('known.yaml'), [1, 1]);
  t.deepEqual(await plan('unknown.yaml'), [0, 0]);
});

test('Xray is asked for the watches of given policies before it is asked where images lie, and each once', async (t) => {
  const asked: string[] = [];
  const scans = memoryScans();
  scans.set(api, { kind: 'scanned', content: content(), paths: ['docker-local/shop/api/1.4'] });
  const violations: WatchSource = {
    rows: async (watch, { from }) => {
      asked.push(`${watch} ${from} after ${scans.questions.length} questions`);
      return { kind: 'complete', rows: [watchRow({ key: '1', createdAt: new Date('2026-11-23T09:59:59Z') })] };
    },
  };
  const recording = await readRecording({ resources: path('pinned.yaml'), now, scans, violations, watches: ['legal', 'audit'] });
  t.deepEqual(asked, ['audit null after 0 questions', 'legal null after 0 questions']);
  t.deepEqual(
    joinWatches(recording.factOf(api), [recording.watchOf('legal')]).violations.map(({ issue }) => issue),
    ['XRAY-100'],
  );
  t.is(recording.watchOf('other').state, 'unavailable');
});

test('a case on a snapshot finds the watches of which it says something, and their violations', async (t) => {
  const document = JSON.parse(await createRecordedDocument(new Date())(path('snapshot.json'), 'Pod/shop/api'));
  t.deepEqual(document.watches, ['legal']);
  t.deepEqual(document.images[0].violations, [
    { type: 'license', severity: 'high', watch: 'legal', policy: 'no-copyleft', rule: '', issue: 'AGPL-3.0' },
  ]);
});

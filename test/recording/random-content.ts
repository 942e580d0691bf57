// Random clusters with facts, the same for the same seed: objects of all kinds whose members take all their forms.
import type { Fact } from '../../src/facts/fact.ts';
import type { ClusterObject } from '../../src/facts/objects.ts';
import type { RecordedContent } from '../../src/recording/recorded.ts';
import { content, issue, license, now, operationalRisk, scanned, unavailable, unscanned } from '../builders/fact.ts';
import {
  container,
  cronJob,
  daemonSet,
  deployment,
  digestOf,
  job,
  namespace,
  node,
  ownerReference,
  pod,
  replicaSet,
  revision,
  statefulSet,
} from '../builders/objects.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';

/** Returns up to thirty objects without resource versions, and a fact for each image. */
export function randomContent(seed: number): RecordedContent {
  const random = seededRandom(seed);
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0];
  const objects = Array.from({ length: Math.floor(random() * 30) }, (_, index) => randomObject(pick, index));
  const digests = Array.from({ length: Math.floor(random() * 6) }, (_, index) => digestOf(`image ${index}`));
  const facts = digests.map((digest) => randomFact(pick, digest));
  const policies = ['a', 'b', 'c'].slice(0, Math.floor(random() * 4)).map((name) => ({
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'KubeXrayPolicy',
    metadata: { name, uid: `uid-${name}`, generation: pick(1, 2), creationTimestamp: '2026-11-01T00:00:00Z' },
    spec: { rules: [{ name: 'r', use: pick('security', 'license'), parameters: {} }] },
  }));
  return { takenAt: now, objects, policies, facts: new Map(facts.map((fact) => [fact.digest, fact])) };
}

type Pick = <T>(...choices: readonly [T, ...T[]]) => T;

function randomObject(pick: Pick, index: number): ClusterObject {
  const name = `${pick('api', 'ärger "quoted"', 'web\nline', '\u{2028}')}-${index}`;
  const identity = {
    ...{ name, uid: `uid-${index}`, namespace: pick('shop', 'pay'), resourceVersion: '', generation: pick(0, 1, 7) },
    labels: pick({}, { app: 'api' }, { z: '', a: 'ü' }),
    annotations: pick({}, { 'kubexray.io/approve': 'x', b: 'y' }),
    createdAt: new Date(Date.UTC(2026, 10, pick(1, 2, 3), 0, 0, 0, pick(0, 1, 999))),
    terminating: pick(true, false),
    owners: pick(
      [],
      [ownerReference({ uid: 'uid-0' })],
      [ownerReference({ controller: false }), ownerReference({ uid: `uid-${index + 1}` })],
    ),
  };
  const controller = {
    ...identity,
    replicas: pick(0, 1, 12),
    ...pick(
      {},
      { selector: {} },
      { selector: { matchLabels: { app: 'api' }, matchExpressions: [{ key: 'k', operator: 'Exists' as const, values: [] }] } },
    ),
    template: { sha256: pick('t1', 't2'), containers: pick([], [{ name: 'api', type: 'init' as const, image: pick('', 'api:1') }]) },
    status: { observedGeneration: pick(0, 7), replicas: pick(0, 3), updateRevision: pick('', 'api-1') },
    ...{ rolloutStalled: pick(true, false), deletesVolumesWhenScaled: pick(true, false), deletesVolumesWhenDeleted: pick(true, false) },
  };
  const containers = pick(
    [],
    [container(), container({ name: 'x', type: 'ephemeral', imageID: '', ...pick({}, { statusImage: 'r/x:1' }) })],
  );
  const make = pick<() => ClusterObject>(
    () => pod({ ...identity, phase: pick('', 'Running', 'Failed'), nodeName: pick('', 'node-1'), containers }),
    () => namespace({ ...identity, namespace: '' }),
    () => node({ ...identity, namespace: '', os: pick('', 'linux'), architecture: pick('', 'arm64') }),
    () => revision({ ...identity, revision: pick(0, 4), containers: [{ name: 'a', type: 'container', image: 'a:1' }] }),
    () => deployment(controller),
    () => statefulSet(controller),
    () => daemonSet(controller),
    () => replicaSet(controller),
    () => job(controller),
    () => cronJob(controller),
  );
  return make();
}

function randomFact(pick: Pick, digest: string): Fact {
  const times = {
    checkedAt: pick(now, new Date('2026-11-22T00:00:00Z')),
    ...pick({}, { unchangedSince: new Date('2026-01-01T00:00:00Z') }),
  };
  const issues = pick(
    [],
    [
      issue({ cvss: pick(null, 0, 9.8), components: [{ id: 'npm://a', version: '', fixedVersions: pick([], ['2']) }] }),
      issue({ id: 'XRAY-2' }),
    ],
  );
  const what = content({ issues, licenses: pick([], [license()]), operationalRisks: pick([], [operationalRisk()]) });
  return pick<() => Fact>(
    () => factWith(digest, what, { ...times, stale: pick(true, false), reason: pick('', 'Xray answered 503') }),
    () => unscanned({ digest, ...times, stale: pick(true, false) }),
    () => unavailable({ digest }),
  )();
}

function factWith(digest: string, what: ReturnType<typeof content>, rest: object): Fact {
  return scanned({ digest, content: what, ...rest });
}

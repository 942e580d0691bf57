// Workloads that are at zero by us: what keeps them there, and what brings them back.
import test from 'ava';
import { readMemory, recordText, withRememberedImages } from '../../src/actions/memory.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { deployment, digestOf } from '../builders/objects.ts';
import { image, workload } from '../builders/workload.ts';
import { apiDigest, apiImage, decide, type Given, held, marks, record, type Says } from './decision.ts';

const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);
const outcomes = (decision: ReturnType<typeof decide>) =>
  decision.rules.map(({ rule, observed, keepsAtZero }) => [rule, observed?.outcome, keepsAtZero]);

/** An answer at `to` that was first given at `from`, in minutes from `now`; the action was taken at -30. */
const known = (from: number, to: number): Readonly<Record<string, Fact>> => ({
  [apiDigest]: scanned({ unchangedSince: minutes(from), checkedAt: minutes(to) }),
});

test('a violated rule keeps the workload at zero and nothing is written', (t) => {
  const decision = decide({ rules: [{ says: 'violated' }], workload: held() });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['security', 'Confirmed', false]]]);
});

for (const says of ['undecided', 'pending', 'broken'] as const satisfies Says[]) {
  test(`a rule that is ${says} changes nothing, and what it said stays visible`, (t) => {
    const decision = decide({ rules: [{ says }], workload: held() });
    t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['security', 'Confirmed', true]]]);
  });
}

test('Xray unavailable, or a fact grown too old, changes nothing', (t) => {
  t.is(decide({ rules: [{ says: 'passed' }], workload: held(), facts: { [apiDigest]: unavailable() } }).plan.kind, 'none');
  t.is(decide({ rules: [{ says: 'passed', maxAgeMs: 60_000 }], workload: held() }).plan.kind, 'none');
});

test('the zero is confirmed only when it was seen', (t) => {
  const status = (observedGeneration: number, replicas: number) => ({ observedGeneration, replicas, updateRevision: '' });
  const seen = [
    held(record(), { status: status(1, 0) }),
    held(record(), { status: status(2, 1) }),
    { ...held(), runningPods: 1, images: [image()] },
    held(),
  ].map((own) => decide({ rules: [{ says: 'violated' }], workload: own }).rules[0]?.observed?.outcome);
  t.deepEqual(seen, ['Requested', 'Requested', 'Requested', 'Confirmed']);
});

test('a policy that no longer finds anything on the same facts gives the count back, on condition that it is still the same', (t) => {
  const decision = decide({ rules: [{ says: 'passed', generation: 2 }], workload: held() });
  t.deepEqual(decision.plan, {
    kind: 'restore',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' },
    generation: 2,
    labels: marks(3).labels,
    namespaceLabels: {},
    replicas: 3,
    policies: [{ name: 'production', seen: { uid: 'uid-production', generation: 2, mode: 'Enforce' } }],
  });
  t.deepEqual(outcomes(decision), [['security', undefined, false]]);
});

const asksNoMore: Readonly<Record<string, Given>> = {
  'is in DryRun': { rules: [{ says: 'violated', mode: 'DryRun' }] },
  'has the action Ignore': { rules: [{ says: 'violated', action: 'Ignore' }] },
  'no longer matches': { rules: [{ says: 'violated', match: { excludeNamespaces: ['shop'] } }] },
  'has lost the rule': { rules: [{ says: 'passed', rule: 'another' }] },
  'was deleted': { rules: [] },
};
for (const [what, given] of Object.entries(asksNoMore)) {
  test(`a policy that ${what} gives the count back`, (t) => {
    t.is(decide({ ...given, workload: held() }).plan.kind, 'restore');
  });
}

test('a deleted policy is to be looked up before anything is given back', (t) => {
  const { plan } = decide({ rules: [], workload: held() });
  t.deepEqual('policies' in plan && plan.policies, [{ name: 'production' }]);
});

test('a policy that is there but cannot be read gives nothing back', (t) => {
  const decision = decide({ rules: [], unreadable: ['production'], workload: held() });
  t.deepEqual([decision.plan.kind, decision.claims], ['none', ['production/security']]);
});

test('a rule under a new name keeps what the old one took while it is being compiled', (t) => {
  const rules = [{ says: 'pending', rule: 'renamed' }] as const;
  t.is(decide({ rules, workload: held() }).plan.kind, 'none');
});

test('another rule takes over the zero when the first one clears, and the record says so', (t) => {
  const { plan, claims } = decide({
    rules: [{ name: 'other', rule: 'license', says: 'violated', generation: 6 }, { says: 'passed' }],
    workload: held(),
  });
  t.deepEqual(claims, ['other/license']);
  t.deepEqual(plan.kind === 'remember' && plan.record, record({ policies: { other: 6 }, rules: ['other/license'] }));
});

test('a namespace protected since gives its workloads back', (t) => {
  const controller = { ...marks(3), namespace: 'kube-system' };
  t.is(decide({ rules: [{ says: 'violated' }], workload: held(record(), controller) }).plan.kind, 'restore');
});

test('a rule that now deletes deletes what is at zero', (t) => {
  t.is(decide({ rules: [{ says: 'violated', action: 'Delete' }], workload: held() }).plan.kind, 'delete');
});

test('a finding that vanished is believed after two complete answers five minutes apart', (t) => {
  const at = (from: number, to: number) =>
    decide({ rules: [{ says: 'passed' }], workload: held(), facts: known(from, to), now: minutes(to) });
  const first = at(-1, -1);
  t.deepEqual([first.plan.kind, first.settling, first.claims], ['none', [apiDigest], ['production/security']]);
  t.deepEqual(first.lookAgainAt, minutes(-0.5));
  t.deepEqual(outcomes(first), [['security', 'Confirmed', true]]);
  t.is(at(-1, 3.999).plan.kind, 'none');
  t.is(at(-1, 4).plan.kind, 'restore');
});

test('a finding is not gone while the last answer of Xray is stale or missing', (t) => {
  const facts = [scanned({ stale: true }), unscanned({ stale: true }), unavailable()];
  const kinds = facts.map((fact) => decide({ rules: [{ says: 'passed' }], workload: held(), facts: { [apiDigest]: fact } }).plan.kind);
  t.deepEqual(kinds, ['none', 'none', 'none']);
});

test('a finding gone from one image waits for every image that the workload would run', (t) => {
  const sidecar = 'registry.example.com/sidecar:1';
  const of = record({ digests: [...record().digests, { image: sidecar, digest: digestOf(sidecar), firstSeenAt: now }] });
  const facts = { [digestOf(sidecar)]: scanned({ unchangedSince: minutes(-1), checkedAt: minutes(-1) }) };
  t.is(decide({ rules: [{ says: 'passed' }], workload: held(of), facts }).plan.kind, 'none');
});

const pinned = `registry.example.com/shop/api@${digestOf('fixed')}`;
const withTemplate = (image: string, of = record()) =>
  held(of, { template: { sha256: 'template-2', containers: [{ name: 'api', type: 'container', image }] } });

test('a new template brings the workload back, though the old image is still bad', (t) => {
  t.is(decide({ rules: [{ says: 'undecided' }], workload: withTemplate('registry.example.com/shop/api:1.5') }).plan.kind, 'restore');
  t.is(decide({ rules: [{ says: 'passed' }], workload: withTemplate(pinned) }).plan.kind, 'restore');
});

test('a new template with a pinned digest that is bad too stays at zero, remembered anew', (t) => {
  const says = {
    kind: 'answered',
    json: `[{"result":{"seen":"${now.toISOString()}","violation":[{"msg":"bad","image":"${pinned}"}]}}]`,
  } as const;
  const { plan } = decide({ rules: [{ says }], workload: withTemplate(pinned) });
  t.deepEqual(plan.kind === 'remember' && [plan.record.templateSha256, plan.record.digests.map(({ digest }) => digest)], [
    'template-2',
    [digestOf('fixed')],
  ]);
});

test('a new template whose image Xray cannot be asked about waits for ten minutes at most', (t) => {
  const waiting = (after: number) =>
    decide({
      rules: [{ says: 'passed' }],
      workload: withTemplate(pinned),
      facts: { [digestOf('fixed')]: unavailable() },
      seen: { newTemplateAt: now },
      now: minutes(after),
    });
  t.deepEqual([waiting(9).plan.kind, waiting(9).lookAgainAt, waiting(9).claims], ['none', minutes(10), ['production/security']]);
  t.is(waiting(10).plan.kind, 'restore');
});

test('a new template is not given back while the rules are being compiled, for ten minutes at most', (t) => {
  const waiting = (after: number) =>
    decide({ rules: [{ says: 'pending' }], workload: withTemplate(pinned), seen: { newTemplateAt: now }, now: minutes(after) }).plan.kind;
  t.deepEqual([waiting(0), waiting(9), waiting(10)], ['none', 'none', 'restore']);
});

test('the label alone suffices: after a rollout undo the count comes back', (t) => {
  const { plan } = decide({ rules: [{ says: 'passed' }], workload: held(record(), { annotations: {} }) });
  t.deepEqual(plan.kind === 'restore' && [plan.replicas, plan.policies], [3, []]);
});

test('marks copied to another object are no record: it runs unless it is bad itself', (t) => {
  const copy = { name: 'copy', uid: 'uid-copy', ...marks(3) };
  t.is(decide({ rules: [{ says: 'passed' }], workload: held(record(), copy) }).plan.kind, 'restore');
  const running = workload({ controller: deployment({ ...copy, replicas: 2 }) });
  const { plan } = decide({ rules: [{ says: 'violated' }], workload: running });
  t.deepEqual(plan.kind === 'scaleDown' && [plan.replicas, plan.record.uid], [2, 'uid-copy']);
});

test('what is being deleted is not brought back', (t) => {
  t.is(decide({ rules: [], workload: held(record(), { terminating: true }) }).plan.kind, 'none');
});

test('an image that came with a scale-up and is bad takes the whole workload down again at once, as its template is another', (t) => {
  const up = { ...withTemplate(apiImage), pods: 2, images: [image()] };
  const controller = { ...(up.controller ?? deployment()), replicas: 5 };
  const { plan } = decide({ rules: [{ says: 'violated' }], workload: { ...up, controller, replicas: 5 } });
  t.deepEqual(plan.kind === 'scaleDown' && [plan.replicas, plan.record.reasserted], [5, 0]);
});

test('what is at zero is judged as it would be with its count back, so that a rule that counts does not clear itself', (t) => {
  const own = withRememberedImages(held(), { replicas: 3, record: record() });
  t.deepEqual([own.replicas, own.pods, own.runningPods, own.images[0]?.pods], [3, 3, 0, 3]);
});

test('only images that would run again are remembered: no debugging, no older revision of a Deployment', (t) => {
  const images = [
    image(),
    image({ ref: 'busybox:1', digest: digestOf('busybox:1'), containers: [{ name: 'debug', type: 'ephemeral' }] }),
    image({ ref: 'old:1', digest: digestOf('old:1'), current: false }),
  ];
  const { plan } = decide({ rules: [{ says: 'violated' }], workload: workload({ images }) });
  t.deepEqual(plan.kind === 'scaleDown' && plan.record.digests.map((remembered) => remembered.image), [apiImage]);
});

test('what was given back for the same policies before waits longer each time, and not at all for a changed one', (t) => {
  const own = held({ ...record(), time: now });
  const planAt = (restored: NonNullable<Given['seen']>['restored'], minute: number) =>
    decide({ rules: [], workload: own, now: minutes(minute), ...(restored === undefined ? {} : { seen: { restored } }) }).plan.kind;
  const { policies } = record();
  t.is(planAt(undefined, 0), 'restore');
  t.deepEqual([planAt({ policies, count: 1, at: now }, 0.9), planAt({ policies, count: 1, at: now }, 1)], ['none', 'restore']);
  t.deepEqual([planAt({ policies, count: 3, at: now }, 3.9), planAt({ policies, count: 3, at: now }, 4)], ['none', 'restore']);
  t.deepEqual([planAt({ policies, count: 99, at: now }, 59), planAt({ policies, count: 99, at: now }, 60)], ['none', 'restore']);
  t.is(planAt({ policies: { production: 99 }, count: 9, at: now }, 0), 'restore');
});

test('an annotation that we cannot have written is void, and the label alone counts', (t) => {
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`p${index}`, 1]));
  const forged = [
    JSON.stringify({ ...record(), time: '+275760-09-13T00:00:00.000Z' }),
    JSON.stringify({ ...record(), time: '9999-12-31T23:59:59-14:00' }),
    JSON.stringify({ ...record(), policies: many }),
    JSON.stringify({ ...record(), id: 'x'.repeat(131_072) }),
    '[]',
  ];
  const { labels, uid } = deployment(marks(3));
  for (const annotation of forged) {
    t.deepEqual(readMemory({ uid, labels, annotations: { 'kubexray.io/action': annotation } }), { memory: { replicas: 3 }, isVoid: true });
  }
});

test('whatever the names are, a record that is written can be read', (t) => {
  const long = { ref: `registry.example.com/${'x'.repeat(70_000)}:1`, digest: digestOf('long') };
  const images = Array.from({ length: 300 }, (_, index) => image({ ref: `${long.ref}${index}`, digest: digestOf(`${index}`) }));
  const rules = Array.from({ length: 60 }, (_, index) => ({
    name: `p${index}`.padEnd(253, 'p'),
    rule: 'r'.repeat(63),
    says: 'violated' as const,
  }));
  const { plan } = decide({ rules, workload: workload({ images: [...images, image()] }) });
  const text = plan.kind === 'scaleDown' ? recordText(plan.record) : '';
  const { uid } = workload().ref;
  const { memory, isVoid } = readMemory({ uid, labels: { 'kubexray.io/scaled-down': '1' }, annotations: { 'kubexray.io/action': text } });
  t.deepEqual([memory?.record?.rules.length, memory?.record?.digests.length, isVoid], [50, 100, false]);
  t.true(text.length < 128 * 1024);
});

const dropped = { [apiDigest]: unscanned({ unchangedSince: minutes(-60), checkedAt: now }) };
const scannedThen = record({ digests: record().digests.map((known) => ({ ...known, scanned: true })) });

test('what was scanned when it went to zero stays there while Xray no longer knows it, whatever a rule says of what is not scanned', (t) => {
  const decision = decide({ rules: [{ says: 'passed' }], workload: held(scannedThen), facts: dropped });
  t.deepEqual([decision.plan.kind, decision.claims, decision.settling], ['none', ['production/security'], []]);
  t.is(decide({ rules: [{ says: 'passed' }], workload: held(scannedThen), facts: known(-60, 0) }).plan.kind, 'restore');
  // Those who no longer ask for it have the last word.
  t.is(decide({ rules: [], workload: held(scannedThen), facts: dropped }).plan.kind, 'restore');
});

test('what was not scanned then, or of which nobody wrote it down, clears while Xray does not know it', (t) => {
  t.is(decide({ rules: [{ says: 'passed' }], workload: held(), facts: dropped }).plan.kind, 'restore');
});

test('a record says which images were scanned, and says it again when Xray has dropped one since', (t) => {
  const other = image({ ref: 'registry.example.com/sidecar:1', digest: digestOf('sidecar') });
  const marked = (given: Partial<Given>): unknown => {
    const { plan } = decide({ rules: [{ says: 'violated' }], ...given });
    return plan.kind === 'scaleDown' && plan.record.digests.map(({ digest, scanned: is }) => [digest, is]);
  };
  t.deepEqual(marked({ workload: workload({ images: [image(), other] }), facts: { [digestOf('sidecar')]: unscanned() } }), [
    [apiDigest, true],
    [digestOf('sidecar'), undefined],
  ]);
  const running = { ...held(scannedThen, { replicas: 2 }), pods: 2, runningPods: 2, images: [image()] };
  const again = { seen: { scaledUpAt: minutes(-60) }, facts: dropped };
  t.deepEqual(marked({ workload: running, ...again }), [[apiDigest, true]]);
});

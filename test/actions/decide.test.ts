// What decideWorkload starts, and what it leaves alone, on workloads that no earlier action has touched.
import test from 'ava';
import { answer, failedAnswer } from '../builders/answer.ts';
import { now, unavailable } from '../builders/fact.ts';
import { daemonSet, deployment, digestOf, statefulSet } from '../builders/objects.ts';
import { image, workload } from '../builders/workload.ts';
import { apiDigest, apiImage, decide, marks, record } from './decision.ts';

const outcomes = (decision: ReturnType<typeof decide>) =>
  decision.rules.map(({ policy, rule, observed }) => [`${policy.name}/${rule}`, observed?.outcome, observed?.reason]);

test('a violated rule takes a Deployment to zero, and the record says why and how many there were', (t) => {
  const decision = decide({
    rules: [{ says: 'violated' }],
    workload: workload({ controller: deployment({ replicas: 3, generation: 7 }) }),
  });
  t.deepEqual(decision.plan, {
    kind: 'scaleDown',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' },
    generation: 7,
    labels: {},
    namespaceLabels: {},
    replicas: 3,
    policies: [{ name: 'production', seen: { uid: 'uid-production', generation: 1, mode: 'Enforce' } }],
    record: {
      id: 'action-2',
      uid: 'uid-api',
      policies: { production: 1 },
      rules: ['production/security'],
      digests: [{ image: apiImage, digest: apiDigest, firstSeenAt: new Date('2026-11-01T00:00:00Z'), scanned: true }],
      templateSha256: 'template-1',
      time: now,
      reasserted: 0,
    },
  });
  t.deepEqual(outcomes(decision), [['production/security', 'Requested', '']]);
});

test('Delete beats ScaleDown, and is done for the policies that want it', (t) => {
  const { plan } = decide({
    rules: [
      { name: 'a', says: 'violated' },
      { name: 'b', action: 'Delete', says: 'violated' },
    ],
  });
  t.is(plan.kind, 'delete');
  t.deepEqual(plan.kind === 'delete' && plan.policies.map(({ name }) => name), ['b']);
});

test('every violated rule of every policy is in the record of a scale-down, and no other', (t) => {
  const { plan } = decide({
    rules: [
      { name: 'b', rule: 'license', says: 'violated', generation: 4 },
      { name: 'b', rule: 'unscanned', says: 'passed' },
      { name: 'a', says: 'violated', generation: 2 },
      { name: 'c', says: 'violated', action: 'Ignore' },
    ],
  });
  t.deepEqual(plan.kind === 'scaleDown' && [plan.record.rules, plan.record.policies], [['a/security', 'b/license'], { a: 2, b: 4 }]);
});

test('a policy in DryRun starts nothing, however strong its action, and says what it would do', (t) => {
  const decision = decide({
    rules: [
      { name: 'dry', mode: 'DryRun', action: 'Delete', says: 'violated' },
      { name: 'real', action: 'ScaleDown', says: 'violated' },
    ],
  });
  t.is(decision.plan.kind, 'scaleDown');
  t.deepEqual('policies' in decision.plan && decision.plan.policies.map(({ name }) => name), ['real']);
  t.deepEqual(outcomes(decision), [
    ['dry/security', 'WouldAct', ''],
    ['real/security', 'Requested', ''],
  ]);
});

test('Ignore reports and does nothing', (t) => {
  const decision = decide({ rules: [{ action: 'Ignore', says: 'violated' }] });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Ignored', '']]]);
});

for (const says of ['undecided', 'pending', 'broken', 'passed'] as const) {
  test(`a rule that is ${says} starts nothing`, (t) => {
    const decision = decide({ rules: [{ says, action: 'Delete' }] });
    t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', undefined, undefined]]]);
  });
}

test('an answer that is malformed, of another document or missing starts nothing', (t) => {
  const violation = [{ msg: 'bad', image: apiImage }];
  const answers = [
    answer({ seen: '2026-11-23T09:59:59.000Z', violation }),
    answer({ violation: 'bad' }),
    answer({ violation: [{ msg: 'bad', image: 'registry.example.com/other:1' }] }),
    failedAnswer(),
  ];
  t.deepEqual(
    answers.map((says) => decide({ rules: [{ says, action: 'Delete' }] }).plan.kind),
    ['none', 'none', 'none', 'none'],
  );
});

test('nothing is done on an image that Xray could not be asked about, whatever the rule says', (t) => {
  const facts = { [apiDigest]: unavailable() };
  const whole = answer({ violation: ['some image is bad'] });
  t.is(decide({ rules: [{ says: 'violated', action: 'Delete' }], facts }).plan.kind, 'none');
  t.is(decide({ rules: [{ says: whole, action: 'Delete' }], facts }).plan.kind, 'none');
});

test('a fact older than the policy accepts decides nothing, though another policy still acts on it', (t) => {
  const { plan } = decide({
    rules: [
      { name: 'strict', maxAgeMs: 3_600_000 - 1, action: 'Delete', says: 'violated' },
      { name: 'lax', maxAgeMs: 3_600_000, says: 'violated' },
    ],
  });
  t.is(plan.kind, 'scaleDown');
  t.deepEqual('policies' in plan && plan.policies.map(({ name }) => name), ['lax']);
});

for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease']) {
  test(`nothing is done in ${namespace}, and it is said why`, (t) => {
    const decision = decide({
      rules: [{ action: 'Delete', says: 'violated' }],
      workload: workload({ controller: deployment({ namespace }) }),
    });
    t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'Protected']]]);
  });
}

test('a kind that cannot be acted on is judged and held', (t) => {
  const decision = decide({
    rules: [{ action: 'Delete', says: 'violated' }],
    workload: workload({ controller: daemonSet() }),
  });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'Unsupported']]]);
});

test('a bare pod is judged and held', (t) => {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'api-1', uid: 'uid-api-1' };
  const decision = decide({ rules: [{ says: 'violated' }], workload: workload({ controller: undefined, ref }) });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'Unsupported']]]);
});

test('what is being deleted, or lies in a namespace that is, is not touched', (t) => {
  const decision = decide({ rules: [{ action: 'Delete', says: 'violated' }], workload: workload({ terminating: true }) });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'Terminating']]]);
});

test('while an owner is not known nothing is done', (t) => {
  const decision = decide({ rules: [{ says: 'violated' }], workload: workload({ ownersKnown: false }) });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'OwnerUnknown']]]);
});

test('a violation on images of older revisions alone waits for the rollout', (t) => {
  const old = workload({ images: [image({ current: false }), image({ ref: 'registry.example.com/shop/api:1.5' })] });
  const decision = decide({ rules: [{ action: 'Delete', says: 'violated' }], workload: old });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'RolloutInProgress']]]);
});

test('a rollout that is paused or has failed remedies nothing: older revisions are acted on', (t) => {
  const controller = deployment({ rolloutStalled: true });
  t.is(
    decide({ rules: [{ says: 'violated' }], workload: workload({ controller, images: [image({ current: false })] }) }).plan.kind,
    'scaleDown',
  );
});

test('a tag whose older digest alone is on its way out waits for the rollout', (t) => {
  const moved = [image({ current: false }), image({ digest: digestOf('new'), current: true })];
  t.is(decide({ rules: [{ says: 'violated' }], workload: workload({ images: moved }) }).plan.kind, 'none');
});

test('a workload that somebody else took to zero is left as it is, without a mark', (t) => {
  const decision = decide({ rules: [{ says: 'violated' }], workload: workload({ controller: deployment({ replicas: 0 }) }) });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'AlreadyAtZero']]]);
});

test('an action that would delete volumes is held, and a weaker one that would not is taken', (t) => {
  const controller = statefulSet({ deletesVolumesWhenDeleted: true });
  const decision = decide({
    rules: [
      { rule: 'license', action: 'Delete', says: 'violated' },
      { rule: 'security', action: 'ScaleDown', says: 'violated' },
    ],
    workload: workload({ controller }),
  });
  t.is(decision.plan.kind, 'scaleDown');
  t.deepEqual(outcomes(decision), [
    ['production/license', 'Held', 'WouldDeleteVolumes'],
    ['production/security', 'Requested', ''],
  ]);
});

test('a StatefulSet that would lose its volumes when scaled is not scaled', (t) => {
  const controller = statefulSet({ deletesVolumesWhenScaled: true });
  const decision = decide({ rules: [{ says: 'violated' }], workload: workload({ controller }) });
  t.deepEqual([decision.plan.kind, outcomes(decision)], ['none', [['production/security', 'Held', 'WouldDeleteVolumes']]]);
});

test('a policy that does not match says nothing', (t) => {
  const decision = decide({ rules: [{ says: 'violated', action: 'Delete', match: { namespaces: ['prod-*'] } }] });
  t.deepEqual([decision.plan.kind, decision.rules], ['none', []]);
});

test('an annotation without the label means nothing and is taken away', (t) => {
  const controller = deployment({ ...marks(3), labels: {} });
  t.is(decide({ rules: [{ says: 'passed' }], workload: workload({ controller }) }).plan.kind, 'forget');
});

test('a label that is no number of replicas means nothing and is taken away', (t) => {
  const kinds = ['0', '-1', '3x', '2147483648', ''].map((text) => {
    const controller = deployment({ labels: { 'kubexray.io/scaled-down': text } });
    return decide({ rules: [{ says: 'passed' }], workload: workload({ controller }) }).plan.kind;
  });
  t.deepEqual(kinds, ['forget', 'forget', 'forget', 'forget', 'forget']);
});

test('a void annotation does not keep a violated workload up', (t) => {
  const controller = deployment({ ...marks(3), labels: {}, replicas: 2 });
  const { plan } = decide({ rules: [{ says: 'violated' }], workload: workload({ controller }) });
  t.deepEqual(plan.kind === 'scaleDown' && plan.replicas, 2);
});

test('marks copied to a kind that is never acted on are left alone', (t) => {
  const controller = daemonSet({ ...marks(3, record({ uid: 'uid-other' })) });
  t.is(decide({ rules: [{ says: 'passed' }], workload: workload({ controller }) }).plan.kind, 'none');
});

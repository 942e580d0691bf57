// Workloads at zero by us that somebody scales up again.
import test from 'ava';
import type { ActionRecord } from '../../src/actions/memory.ts';
import { now, scanned } from '../builders/fact.ts';
import { image } from '../builders/workload.ts';
import { apiDigest, decide, type GivenRule, held, record } from './decision.ts';

const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

/** Scaled up to 2 at `now` after so many re-assertions; decided some minutes later. */
function reverted(given: { record?: Partial<ActionRecord>; rules?: readonly GivenRule[]; after: number }) {
  const own = held(record(given.record ?? {}), { replicas: 2, generation: 3 });
  return decide({
    rules: given.rules ?? [{ says: 'violated' }],
    workload: { ...own, replicas: 2, pods: 2, images: [image({ pods: 2 })] },
    seen: { scaledUpAt: now },
    now: minutes(given.after),
  });
}

for (const [reasserted, delay] of [
  [0, 1],
  [1, 2],
  [2, 4],
] as const) {
  test(`scaled up again after ${reasserted} re-assertions it goes to zero after ${delay} minutes, not before`, (t) => {
    const early = reverted({ record: { reasserted }, after: delay - 0.001 });
    t.deepEqual([early.plan.kind, early.lookAgainAt, early.rules[0]?.observed?.outcome], ['none', minutes(delay), 'Reverted']);
    const { plan, rules } = reverted({ record: { reasserted }, after: delay });
    t.deepEqual(plan.kind === 'scaleDown' && [plan.replicas, plan.record.reasserted], [2, reasserted + 1]);
    t.is(rules[0]?.observed?.outcome, 'Requested');
  });
}

test('after the third time it is contested and left alone', (t) => {
  const decision = reverted({ record: { reasserted: 3 }, after: 600 });
  t.deepEqual([decision.plan.kind, decision.lookAgainAt], ['none', undefined]);
  t.deepEqual(decision.rules[0]?.observed, { outcome: 'Contested', reason: 'ScaledUpBySomebody', actedAt: record().time });
});

test('a changed policy counts anew', (t) => {
  const { plan } = reverted({ record: { reasserted: 3 }, rules: [{ says: 'violated', generation: 2 }], after: 1 });
  t.deepEqual(plan.kind === 'scaleDown' && [plan.record.reasserted, plan.record.policies], [1, { production: 2 }]);
});

test('a policy that changes while the workload is at zero counts anew too', (t) => {
  const { plan } = decide({ rules: [{ says: 'violated', generation: 2 }], workload: held(record({ reasserted: 3 })) });
  t.deepEqual(plan.kind === 'remember' && [plan.record.reasserted, plan.record.policies], [0, { production: 2 }]);
});

test('a rule that cannot tell takes nothing to zero again, and gives nothing back', (t) => {
  const { plan, claims } = reverted({ rules: [{ says: 'undecided' }], after: 60 });
  t.deepEqual([plan.kind, claims], ['none', ['production/security']]);
});

test('a rule that cannot tell keeps its claim when another one takes the workload to zero again', (t) => {
  const { plan } = reverted({
    record: { rules: ['production/license', 'production/security'] },
    rules: [
      { rule: 'license', says: 'undecided' },
      { rule: 'security', says: 'violated' },
    ],
    after: 1,
  });
  t.deepEqual(plan.kind === 'scaleDown' && plan.record.rules, ['production/license', 'production/security']);
});

test('a workload scaled up by somebody and clean by now loses its marks and keeps its count', (t) => {
  const { plan } = reverted({ rules: [{ says: 'passed' }], after: 0 });
  t.is(plan.kind, 'restore');
});

test('a finding that vanished is asked about again though somebody has scaled up meanwhile', (t) => {
  const own = held(record(), { replicas: 2, generation: 3 });
  const decision = decide({
    rules: [{ says: 'passed' }],
    workload: { ...own, replicas: 2, pods: 2, images: [image({ pods: 2 })] },
    facts: { [apiDigest]: scanned({ checkedAt: now, unchangedSince: now }) },
    seen: { scaledUpAt: now },
  });
  t.deepEqual([decision.plan.kind, decision.settling, decision.lookAgainAt], ['none', [apiDigest], minutes(0.5)]);
});

// What holds of every decision, on thousands of states that a seed decides: some of them make no sense, and none may do harm.
import test from 'ava';
import type { Fact } from '../../src/facts/fact.ts';
import type { ControllerObject } from '../../src/facts/objects.ts';
import type { Action, PolicyException } from '../../src/policy/policy.ts';
import { answer } from '../builders/answer.ts';
import { now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { daemonSet, deployment, digestOf, replicaSet, statefulSet } from '../builders/objects.ts';
import { exception } from '../builders/policy-exception.ts';
import { image, workload } from '../builders/workload.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { apiDigest, decide, type Given, type GivenRule, marks, record } from './decision.ts';

const states = 4000;
const malformed = answer({ violation: 7 });
const actions: readonly Action[] = ['ScaleDown', 'Delete', 'Ignore'];

function stateOf(seed: number): Given {
  const random = seededRandom(seed);
  const oneOf = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const chance = (probability: number): boolean => random() < probability;
  const minutes = (from: number, to: number): Date => new Date(now.getTime() + (from + random() * (to - from)) * 60_000);

  const fact = (): Fact => {
    const unchangedSince = minutes(-60, 0);
    const known = { checkedAt: minutes(-60, 10), unchangedSince, stale: chance(0.1) };
    return oneOf([scanned(known), scanned(known), unscanned(known), unavailable()]);
  };
  const rules = Array.from({ length: Math.floor(random() * 4) }, (_, index): GivenRule => {
    const name = oneOf(['production', 'other']);
    const says = oneOf(['violated', 'violated', 'violated', 'passed', 'undecided', 'pending', 'broken', malformed] as const);
    return { name, rule: oneOf(['security', `rule-${index}`]), action: oneOf(['ScaleDown', ...actions]), says };
  });
  const unique = [...new Map(rules.map((one) => [`${one.name}/${one.rule}`, one])).values()];
  const fields = new Map(
    ['production', 'other'].map((name) => [
      name,
      {
        mode: oneOf(['Enforce', 'Enforce', 'DryRun'] as const),
        generation: oneOf([1, 2]),
        maxAgeMs: oneOf([24, 0.5] as const) * 3_600_000,
        match: chance(0.15) ? { kinds: ['CronJob'] } : {},
        exceptions: chance(0.5)
          ? [
              exception({
                until: minutes(-3, 8),
                match: oneOf<PolicyException['match']>([
                  { namespaces: ['shop'] },
                  { images: ['*/api:*'] },
                  { images: ['*'], workloads: ['Deployment/web'] },
                ]),
              }),
            ]
          : [],
      },
    ]),
  );
  const replicas = oneOf([0, 0, 1, 3]);
  const of = record({
    uid: oneOf(['uid-api', 'uid-api', 'uid-other']),
    rules: ['other/security', 'production/security'],
    policies: { other: 1, production: 1 },
    templateSha256: oneOf(['template-1', 'template-1', 'template-0']),
    reasserted: oneOf([0, 1, 2, 3]),
  });
  const mark = marks(oneOf([1, 4]), of);
  const kind = oneOf([deployment, deployment, statefulSet, daemonSet, replicaSet]);
  const controller: ControllerObject = kind({
    ...oneOf<Partial<ControllerObject>>([{}, mark, mark, { labels: mark.labels }, { annotations: mark.annotations }]),
    replicas,
    generation: oneOf([1, 9]),
    namespace: chance(0.1) ? 'kube-system' : 'shop',
    rolloutStalled: chance(0.2),
    deletesVolumesWhenDeleted: chance(0.1),
    deletesVolumesWhenScaled: chance(0.1),
    terminating: chance(0.1),
    status: { observedGeneration: oneOf([1, 9]), replicas: oneOf([0, replicas]), updateRevision: '' },
  });
  const images = [
    image({ current: chance(0.7) }),
    ...(chance(0.3) ? [image({ ref: 'registry.example.com/sidecar:1', digest: chance(0.8) ? digestOf('sidecar') : '' })] : []),
  ];
  return {
    rules: unique.map((one) => ({ ...one, ...fields.get(one.name ?? '') })),
    workload: workload({
      controller: chance(0.05) ? undefined : controller,
      images: replicas === 0 && chance(0.8) ? [] : images,
      ownersKnown: chance(0.95),
    }),
    facts: { [apiDigest]: fact(), [digestOf('sidecar')]: fact() },
    unreadable: chance(0.1) ? ['gone', 'other'] : [],
    seen: { ...(chance(0.5) ? { scaledUpAt: minutes(-10, 0) } : {}), ...(chance(0.5) ? { newTemplateAt: minutes(-20, 0) } : {}) },
    now: minutes(0, 5),
  };
}

/** Said again and independently of the code: the rule is enforced, asks for an action, and what it is about is known and young enough. */
function mayAct({ facts, workload: own, now: at = now }: Given, { mode, says, action, maxAgeMs = 0, exceptions = [] }: GivenRule): boolean {
  const fact = facts?.[apiDigest];
  const isKnown = fact !== undefined && fact.state !== 'unavailable' && at.getTime() - fact.checkedAt.getTime() <= maxAgeMs;
  const isExcepted = exceptions.some(
    ({ until, match }) => at < until && match.workloads === undefined && (match.images !== undefined || own?.ref.namespace === 'shop'),
  );
  return mode === 'Enforce' && says === 'violated' && action !== 'Ignore' && isKnown && !isExcepted;
}

const cases = Array.from({ length: states }, (_, seed) => {
  const given = stateOf(seed);
  return { seed, given, decision: decide(given) };
});

test('nothing is ever taken down but for an enforced policy that is violated on what is known', (t) => {
  const seen = { none: 0, scaleDown: 0, delete: 0, restore: 0, remember: 0, forget: 0 };
  for (const { seed, given, decision } of cases) {
    const { plan } = decision;
    seen[plan.kind] += 1;
    if (plan.kind !== 'scaleDown' && plan.kind !== 'delete') continue;
    const wanting = new Set(given.rules.filter((one) => mayAct(given, one)).map(({ name }) => name));
    const expected = plan.policies.length > 0 && plan.policies.every(({ name, seen: as }) => wanting.has(name) && as?.mode === 'Enforce');
    if (!expected) t.fail(`seed ${seed}: ${JSON.stringify(plan)}`);
    const strongest = given.rules.some((one) => mayAct(given, one) && one.action === 'Delete');
    if (plan.kind === 'delete' && !strongest) t.fail(`seed ${seed}: nobody asked for a deletion`);
    if (plan.kind === 'scaleDown' && (plan.replicas < 1 || plan.record.rules.length === 0)) t.fail(`seed ${seed}: cannot be undone`);
    if (plan.target.namespace === 'kube-system') t.fail(`seed ${seed}: protected`);
  }
  // Each kind has come up, so that none of the above holds for want of a case.
  t.deepEqual(
    Object.entries(seen).filter(([, count]) => count < 20),
    [],
  );
});

test('no plan touches what terminates, has an unknown owner, or is of a kind that is never written', (t) => {
  for (const { seed, given, decision } of cases) {
    const { plan } = decision;
    if (plan.kind === 'none') continue;
    const { controller, terminating = true, ownersKnown = false } = given.workload ?? {};
    const allowed = !terminating && ownersKnown && (controller?.kind === 'Deployment' || controller?.kind === 'StatefulSet');
    if (!allowed || plan.generation !== controller.generation || plan.target.uid !== controller.uid) t.fail(`seed ${seed}: ${plan.kind}`);
  }
  t.pass();
});

test('only what carries our label is given back or remembered, and never while a rule may ask for zero', (t) => {
  for (const { seed, given, decision } of cases) {
    const { plan, rules } = decision;
    if (plan.kind !== 'restore' && plan.kind !== 'remember') continue;
    const isLabelled = given.workload?.controller?.labels['kubexray.io/scaled-down'] !== undefined;
    const isWanted = rules.some(
      ({ policy, verdict, action, held }) =>
        policy.mode === 'Enforce' && verdict.kind === 'violated' && action !== 'Ignore' && held === undefined,
    );
    if (!isLabelled || (plan.kind === 'restore' && isWanted)) t.fail(`seed ${seed}: ${plan.kind}`);
  }
  t.pass();
});

test('the same state gives the same decision', (t) => {
  for (const { seed, decision } of cases.slice(0, 1000)) t.deepEqual(decide(stateOf(seed)), decision);
});

test('an exception never adds an action, and never makes one stronger', (t) => {
  const strength = { none: 0, forget: 0, remember: 0, restore: 0, scaleDown: 1, delete: 2 };
  const seen = { spared: 0, given: 0 };
  for (const { seed, given, decision } of cases) {
    const without = decide({ ...given, rules: given.rules.map((one) => ({ ...one, exceptions: [] })) });
    const [before, after] = [strength[without.plan.kind], strength[decision.plan.kind]];
    if (after > before) t.fail(`seed ${seed}: ${without.plan.kind} became ${decision.plan.kind}`);
    if (after < before) seen.spared += 1;
    if (decision.plan.kind === 'restore' && without.plan.kind !== 'restore') seen.given += 1;
  }
  t.true(seen.spared > 5 && seen.given > 5, JSON.stringify(seen));
});

test('what a rule cannot tell is not a pass by an exception', (t) => {
  for (const { seed, given, decision } of cases) {
    const without = decide({ ...given, rules: given.rules.map((one) => ({ ...one, exceptions: [] })) });
    for (const [index, { verdict }] of decision.rules.entries())
      if (without.rules[index]?.verdict.kind === 'undecided' && verdict.kind !== 'undecided') t.fail(`seed ${seed}`);
  }
  t.pass();
});

// The status of a policy, from reports that a test writes down.
import test from 'ava';
import type { KubeXrayPolicyStatus } from '../../src/policy/kubexraypolicy.generated.ts';
import { nextPolicyStatus, type PolicyStatusInput } from '../../src/status/policy-status.ts';
import type { WorkloadReport } from '../../src/status/report.ts';
import { now } from '../builders/fact.ts';
import { policy, rule } from '../builders/policy.ts';
import { report, row } from './reports.ts';

const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const compiled = { isDone: true, rules: [{ name: 'security', id: 'abc', problems: [] }] };

function next(reports: readonly WorkloadReport[], given: Partial<PolicyStatusInput> & { before?: KubeXrayPolicyStatus | undefined } = {}) {
  const { before, ...others } = given;
  return nextPolicyStatus({
    policy: policy({ status: before }),
    compiled,
    awaited: new Set(),
    reports,
    unknownWatches: [],
    now,
    ...others,
  });
}

const violated = (name: string) => report(name, { rows: [row()] });

test('a first status says everything', (t) => {
  t.deepEqual(next([report('api', { rows: [row({ reason: 'Why', actedAt: later(-1) })] })]), {
    observedGeneration: 1,
    observedMode: 'Enforce',
    rulesInForce: '1/1',
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Evaluated',
        message: '1 workload judged',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-23T10:00:00.000Z',
      },
      {
        type: 'Compiled',
        status: 'True',
        reason: 'RulesInForce',
        message: '1 rule in force',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-23T10:00:00.000Z',
      },
      {
        type: 'FactsFresh',
        status: 'True',
        reason: 'AllImagesKnown',
        message: 'every answer of Xray is young enough to decide',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-23T10:00:00.000Z',
      },
      {
        type: 'Enforcing',
        status: 'True',
        reason: 'Enforce',
        message: 'mode is Enforce',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-23T10:00:00.000Z',
      },
    ],
    rules: [
      {
        name: 'security',
        sha256: 'abc',
        actions: { deployments: 'Ignore', statefulSets: 'Ignore', default: 'Ignore' },
        violating: 1,
        undecided: 0,
      },
    ],
    totals: { evaluated: 1, violating: 1, undecided: 0, excepted: 0, acted: 0, held: 0, contested: 0 },
    violations: [
      {
        workload: { kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'uid-api' },
        rule: 'security',
        image: 'reg.io/api:1',
        digest: 'sha256:a',
        message: 'XRAY-1',
        since: '2026-11-23T10:00:00.000Z',
        action: 'Ignore',
        outcome: 'Ignored',
        reason: 'Why',
        actedAt: '2026-11-23T09:59:00.000Z',
      },
    ],
    truncated: 0,
    lastChangeTime: '2026-11-23T10:00:00.000Z',
  });
});

test('the same reports later are no new status, in whatever order they come', (t) => {
  const before = next([violated('api'), violated('web')]);
  t.is(next([violated('web'), violated('api')], { before, now: later(60) }), undefined);
});

test('since stays that of the first time, and the change is dated', (t) => {
  const before = next([violated('api')]);
  const after = next([violated('api'), violated('web')], { before, now: later(5) });
  t.deepEqual(
    after?.violations?.map(({ workload, since }) => [workload.name, since]),
    [
      ['api', '2026-11-23T10:00:00.000Z'],
      ['web', '2026-11-23T10:05:00.000Z'],
    ],
  );
  t.is(after?.lastChangeTime, '2026-11-23T10:05:00.000Z');
});

test('a finding on another image, by another rule or on another object of that name is a new one', (t) => {
  const before = next([violated('api')]);
  const news = [
    report('api', { rows: [row({ digest: 'sha256:b' })] }),
    report('api', { rows: [row({ rule: 'license' })] }),
    { ...violated('api'), ref: { ...violated('api').ref, uid: 'uid-new' } },
  ];
  t.deepEqual(
    news.map((one) => next([one], { before, now: later(5) })?.violations?.[0]?.since),
    ['2026-11-23T10:05:00.000Z', '2026-11-23T10:05:00.000Z', '2026-11-23T10:05:00.000Z'],
  );
});

test('each workload is counted once in each number, however many findings it has', (t) => {
  const status = next([
    report('a', { rows: [row({ outcome: 'Confirmed' }), row({ outcome: 'Confirmed', rule: 'license' })] }),
    report('b', { rows: [row({ outcome: 'Held' }), row({ outcome: 'Held', digest: 'sha256:b' })] }),
    report('c', { rows: [row({ outcome: 'Contested' })], undecided: [{ rule: 'license', reasons: [] }] }),
    report('d', {
      undecided: [
        { rule: 'security', reasons: [] },
        { rule: 'license', reasons: [] },
      ],
    }),
    report('e', { rows: [row({ outcome: 'Requested' }), row({ outcome: 'Failed', rule: 'license' })] }),
    report('f'),
  ]);
  t.deepEqual(status?.totals, { evaluated: 6, violating: 4, undecided: 2, excepted: 0, acted: 1, held: 1, contested: 1 });
});

test('reports of other policies do not count', (t) => {
  const other: WorkloadReport = {
    ...violated('api'),
    policies: new Map([['other', violated('api').policies.get('production') ?? t.fail()]]),
  };
  t.deepEqual(next([other])?.totals, { evaluated: 0, violating: 0, undecided: 0, excepted: 0, acted: 0, held: 0, contested: 0 });
});

test('a hundred rows are shown, always the same, and the rest is counted', (t) => {
  const reports = Array.from({ length: 150 }, (_, index) => violated(`api-${String(index).padStart(3, '0')}`));
  const status = next(reports);
  t.deepEqual(
    [status?.violations?.length, status?.truncated, status?.violations?.[0]?.workload.name, status?.violations?.[99]?.workload.name],
    [100, 50, 'api-000', 'api-099'],
  );
  t.is(status?.totals?.violating, 150);
  t.is(next([...reports].reverse(), { before: status, now: later(1) }), undefined);
});

test('rows end at 128 KiB', (t) => {
  const reports = Array.from({ length: 90 }, (_, index) =>
    report(`api-${String(index).padStart(2, '0')}`, { rows: [row({ message: 'é'.repeat(1000) })] }),
  );
  const status = next(reports);
  const shown = status?.violations ?? [];
  t.is(shown.length + (status?.truncated ?? 0), 90);
  const bytes = Buffer.byteLength(JSON.stringify(shown));
  t.true(bytes < 131_072 && bytes > 126_000, `${bytes} bytes`);
});

const keptAt = { outcome: 'Confirmed', reason: '', actedAt: later(-30) } as const;

test('what a rule said stays when no pod is left to judge, and its outcome goes on', (t) => {
  const requested = row({ action: 'ScaleDown', outcome: 'Requested', actedAt: later(-30) });
  const before = next([report('api', { rows: [requested, row({ ...requested, digest: 'sha256:b' })] })]);
  const after = next([report('api', { kept: [{ rule: 'security', observed: keptAt }] })], { before, now: later(9) });
  t.deepEqual(
    after?.violations?.map(({ digest, message, since, outcome, reason, actedAt }) => [digest, message, since, outcome, reason, actedAt]),
    [
      ['sha256:a', 'XRAY-1', '2026-11-23T10:00:00.000Z', 'Confirmed', 'NotCleared', '2026-11-23T09:30:00.000Z'],
      ['sha256:b', 'XRAY-1', '2026-11-23T10:00:00.000Z', 'Confirmed', 'NotCleared', '2026-11-23T09:30:00.000Z'],
    ],
  );
  t.is(after?.totals?.acted, 1);
  t.is(next([report('api', { kept: [{ rule: 'security', observed: keptAt }] })], { before: after, now: later(20) }), undefined);
});

test('a workload at zero of which no row is left is shown all the same', (t) => {
  const status = next([report('api', { kept: [{ rule: 'security', observed: keptAt }] })]);
  t.deepEqual(
    status?.violations?.map(({ rule, message, outcome }) => [rule, message, outcome]),
    [['security', 'held at zero until the rule is seen to pass', 'Confirmed']],
  );
});

test('what was deleted counts as acted for 24 hours, and as nothing else', (t) => {
  const gone = report('api', { rows: [row({ action: 'Delete', outcome: 'Confirmed', actedAt: now })] }, { isGone: true });
  const before = next([gone]);
  t.deepEqual(before?.totals, { evaluated: 0, violating: 0, undecided: 0, excepted: 0, acted: 1, held: 0, contested: 0 });
  t.is(before?.rules?.[0]?.violating, 0);
  t.is(next([gone], { before, now: later(24 * 60 - 1) }), undefined);
  const after = next([gone], { before, now: later(24 * 60) });
  t.deepEqual([after?.violations, after?.totals?.acted], [[], 0]);
});

test('while a workload was not judged by these rules yet, what was said of it stands', (t) => {
  const before = next([violated('api'), violated('web')]);
  const changed = policy({ generation: 2, status: before });
  const awaited = new Set(['uid-api']);
  const provisional = report('api', { rows: [row({ message: 'XRAY-2', digest: 'sha256:b' })], isProvisional: true });
  const after = next([provisional, report('web')], { policy: changed, awaited, now: later(1) });
  t.deepEqual(
    after?.violations?.map(({ workload, message, since }) => [workload.name, message, since]),
    [['api', 'XRAY-1', '2026-11-23T10:00:00.000Z']],
  );
  t.deepEqual(after?.conditions?.[0] && [after.conditions[0].status, after.conditions[0].reason, after.conditions[0].observedGeneration], [
    'False',
    'Evaluating',
    2,
  ]);
});

test('a rule says for how many workloads it cannot tell, and the three most frequent reasons', (t) => {
  const undecided = (...messages: string[]) => [
    { rule: 'security', reasons: messages.map((message) => ({ reason: 'RuleUndecided', message })) },
  ];
  const status = next([
    report('a', { undecided: undecided('d', 'c') }),
    report('b', { undecided: undecided('c', 'b') }),
    report('c', { undecided: undecided('a', 'é'.repeat(600)) }),
  ]);
  t.deepEqual([status?.rules?.[0]?.undecided, status?.rules?.[0]?.undecidedReasons], [3, ['c', 'a', 'b']]);
});

test('while the rules are being compiled their numbers stay those of before', (t) => {
  const before = next([violated('api')]);
  const compiling = { isDone: false, rules: [] };
  t.deepEqual(next([report('api')], { before, compiled: compiling, now: later(1) })?.rules, before?.rules);
});

test('a policy with several rules counts each for itself', (t) => {
  const rules = [rule({ name: 'license' }), rule({ name: 'security' })];
  const status = next([violated('api'), report('web', { rows: [row({ rule: 'license' }), row()] })], { policy: policy({ rules }) });
  t.deepEqual(
    status?.rules?.map(({ name, violating }) => [name, violating]),
    [
      ['license', 1],
      ['security', 2],
    ],
  );
});

const excepted = { outcome: 'Excepted', reason: 'INC-1 until 2026-12-31T00:00:00Z' } as const;

test('what is excepted is shown and counted apart, and since stays when it comes and goes', (t) => {
  const before = next([violated('api')]);
  const after = next([report('api', { rows: [row(excepted)], hasExcepted: true })], { before, now: later(5) });
  t.deepEqual(
    after?.violations?.map(({ outcome, reason, since }) => [outcome, reason, since]),
    [['Excepted', 'INC-1 until 2026-12-31T00:00:00Z', '2026-11-23T10:00:00.000Z']],
  );
  t.deepEqual([after?.totals?.violating, after?.totals?.excepted, after?.rules?.[0]?.violating], [0, 1, 0]);
  t.is(next([violated('api')], { before: after, now: later(9) })?.violations?.[0]?.since, '2026-11-23T10:00:00.000Z');
});

test('what is excepted takes no room from what is violated', (t) => {
  const name = (index: number): string => `api-${String(index).padStart(3, '0')}`;
  const spared = Array.from({ length: 80 }, (_, index) => report(name(index), { rows: [row(excepted)], hasExcepted: true }));
  const bad = Array.from({ length: 60 }, (_, index) => violated(name(index + 80)));
  const status = next([...spared, ...bad]);
  const shown = status?.violations ?? [];
  t.deepEqual([shown.length, status?.truncated, shown.filter(({ outcome }) => outcome === 'Excepted').length], [100, 40, 40]);
  t.deepEqual([shown[0]?.workload.name, shown[99]?.workload.name], ['api-000', 'api-139']);
});

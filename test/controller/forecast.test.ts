// A forecast says what the controller then reports and does, on the same cluster and the same answers of the scanner.
import test from 'ava';
import { type Forecast, type ForecastOptions, forecastWorkload, sortedWorkloadKeys } from '../../src/controller/forecast.ts';
import { RuleBook } from '../../src/controller/rule-book.ts';
import { Cluster } from '../../src/facts/cluster.ts';
import { type Fact, nextFact, unaskedFact } from '../../src/facts/fact.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { workloadReport } from '../../src/status/report.ts';
import { container, digestOf, namespace, ownerReference, pod } from '../builders/objects.ts';
import { noLibrary } from './memory-rules.ts';
import { minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const api = 'registry.example.com/shop/api:1.4';
const web = 'registry.example.com/shop/web:3.1';

/** A cluster with a vulnerable api of three replicas and a clean web. */
function shop(): SimulatedCluster {
  const simulated = new SimulatedCluster();
  simulated.scans.set(api, 'XRAY-1');
  simulated.deploy('api', api, 3);
  simulated.deploy('web', web);
  return simulated;
}

/** Judges the workload on what is there at this moment, by these policies; `known` tells whether there may be others. */
async function forecast(
  simulated: SimulatedCluster,
  name: string,
  policies: Readonly<Record<string, JsonObject>>,
  given: Partial<Pick<ForecastOptions, 'known' | 'unreadable'>> = {},
): Promise<Forecast> {
  const takenAt = simulated.clock.now();
  const cluster = new Cluster();
  for (const object of simulated.cluster.objects()) cluster.apply(object);
  const digests = [api, web].map(digestOf);
  const answers = await simulated.scans.scans(digests, new AbortController().signal);
  const facts = new Map<string, Fact>([...answers].map(([digest, answer]) => [digest, nextFact(unaskedFact(digest), answer, takenAt)]));
  const book = new RuleBook({
    library: noLibrary,
    compiler: simulated.rules.compiler,
    loadProgram: simulated.rules.loadProgram,
    clock: simulated.clock,
    log: { error: () => undefined, info: () => undefined, debug: () => undefined },
    onChange: () => undefined,
  });
  for (const [policy, fields] of Object.entries(policies)) {
    const metadata = { name: policy, uid: `uid-${policy}`, generation: 1 };
    const parsed = parsePolicy({ apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata, spec: fields });
    if ('policy' in parsed) book.set(parsed.policy);
  }
  await book.settled();
  const found = await forecastWorkload(
    {
      recording: {
        takenAt,
        cluster,
        policies: [],
        factOf: (digest) => facts.get(digest) ?? unaskedFact(digest),
        identityOf: () => undefined,
        watchOf: (watch) => ({ state: 'unavailable', reason: `nothing was recorded about the watch ${watch}` }),
      },
      active: book.policies(),
      evaluate: (document, ids) => book.evaluate(document, ids),
      unreadable: new Set(),
      known: 'all',
      protectedNamespaces: ['kube-system', 'kubexray'],
      ...given,
    },
    `uid-${name}`,
  );
  await book.close();
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found;
}

/** `workload rule outcome reason` of each row, as `SimulatedCluster.rows` has them. */
function rows({ workload, facts, decision, now }: Forecast, policy: string): readonly string[] {
  if (decision === undefined) return ['not judged'];
  const report = workloadReport(workload.ref, { decision, facts, now }).policies.get(policy);
  return (report?.rows ?? []).map(({ rule, outcome, reason }) => [workload.ref.name, rule, outcome, reason].join(' ').trimEnd());
}

/** Fields of the policy `production`, what the forecast and then the controller say of the workload api. */
const table: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  ['a policy in DryRun', spec('issues', { mode: 'DryRun' }), ['api bad WouldAct']],
  ['an action Ignore', spec('issues', { action: 'Ignore' }), ['api bad Ignored']],
  ['a rule that nothing violates', spec('unscanned'), []],
  ['a rule that does not compile', spec('typo'), []],
  ['a rule that never ends', spec('deadline'), []],
];

for (const [what, fields, expected] of table) {
  test(`with ${what} a forecast has the rows of the controller`, async (t) => {
    const simulated = shop();
    simulated.cluster.apply('production', fields);
    const foretold = await forecast(simulated, 'api', { production: fields });
    t.deepEqual(rows(foretold, 'production'), expected);
    const controller = simulated.start();
    await simulated.pass(minuteMs);
    t.deepEqual(simulated.rows('production'), expected);
    t.deepEqual(simulated.actions(), []);
    await controller.stop();
  });
}

test('what a forecast plans is what the controller does', async (t) => {
  const simulated = shop();
  const production = spec('issues');
  const foretold = await forecast(simulated, 'api', { production });
  t.is(foretold.decision?.plan.kind, 'scaleDown');
  t.deepEqual(rows(foretold, 'production'), ['api bad Requested']);
  t.is((await forecast(simulated, 'web', { production })).decision?.plan.kind, 'none');
  simulated.cluster.apply('production', production);
  const controller = simulated.start();
  await simulated.pass(5_000);
  t.deepEqual(
    simulated.actions().map(({ verb, name }) => `${verb} ${name}`),
    ['patch api'],
  );
  t.is(simulated.replicas('api'), 0);
  await controller.stop();
});

test('of a workload that the controller has taken to zero, a forecast says that it stays there', async (t) => {
  const simulated = shop();
  const production = spec('issues');
  simulated.cluster.apply('production', production);
  const controller = simulated.start();
  await simulated.pass(5_000);
  simulated.converge();
  await simulated.pass(5_000);
  t.deepEqual(simulated.rows('production'), ['api bad Confirmed']);
  const foretold = await forecast(simulated, 'api', { production });
  t.deepEqual(rows(foretold, 'production'), ['api bad Confirmed']);
  t.is(foretold.decision?.plan.kind, 'none');
  await controller.stop();
});

test('of a workload at zero for a policy that is gone, a forecast says that it is given back, as it is', async (t) => {
  const simulated = shop();
  simulated.cluster.apply('production', spec('issues'));
  const controller = simulated.start();
  await simulated.pass(5_000);
  simulated.converge();
  t.is((await forecast(simulated, 'api', {})).decision?.plan.kind, 'restore');
  simulated.cluster.removePolicy('production');
  await simulated.pass(minuteMs);
  t.is(simulated.replicas('api'), 3);
  await controller.stop();
});

test('where not all policies are known, a workload at zero for one that was not given is not given back', async (t) => {
  const simulated = shop();
  simulated.cluster.apply('production', spec('issues'));
  const controller = simulated.start();
  await simulated.pass(5_000);
  simulated.converge();
  const other = await forecast(simulated, 'api', { other: spec('none') }, { known: 'some' });
  t.is(other.decision?.plan.kind, 'none');
  t.deepEqual(other.decision?.claims, ['production/bad']);
  await controller.stop();
});

test('a workload that no policy is about is not judged, nor is one that is being deleted', async (t) => {
  const simulated = shop();
  const elsewhere = spec('issues', { match: { namespaces: ['other'] } });
  t.is((await forecast(simulated, 'api', { elsewhere })).decision, undefined);
  simulated.cluster.put({ ...simulated.cluster.controller('uid-api'), terminating: true });
  t.is((await forecast(simulated, 'api', { production: spec('issues') })).decision, undefined);
});

test('a forecast in a protected namespace is held', async (t) => {
  const simulated = new SimulatedCluster();
  simulated.scans.set(api, 'XRAY-1');
  simulated.cluster.put(namespace({ name: 'kubexray' }));
  const owner = ownerReference({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'api' });
  simulated.cluster.put(pod({ name: 'api-1', namespace: 'kubexray', owners: [owner], containers: [container({ image: api })] }));
  t.deepEqual(rows(await forecast(simulated, 'api', { production: spec('issues') }), 'production'), ['api bad Held Protected']);
});

test('the same recording and the same policies give the same forecast', async (t) => {
  const simulated = shop();
  const first = await forecast(simulated, 'api', { production: spec('issues') });
  const second = await forecast(simulated, 'api', { production: spec('issues') });
  t.deepEqual(first.decision, second.decision);
});

test('workloads come by namespace, kind and name', (t) => {
  const simulated = shop();
  simulated.cluster.put(namespace({ name: 'a' }));
  simulated.cluster.put(pod({ name: 'z', namespace: 'a' }));
  const cluster = new Cluster();
  for (const object of [...simulated.cluster.objects()].reverse()) cluster.apply(object);
  t.deepEqual(sortedWorkloadKeys(cluster), ['uid-z', 'uid-api', 'uid-web']);
});

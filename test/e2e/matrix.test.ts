// Every library rule with every action on both kinds that can be scaled, on the real control plane.
import test from 'ava';
import type { KubeXrayPolicySpec, ViolationStatus } from '../../src/policy/kubexraypolicy.generated.ts';
import { waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import {
  applyPolicy,
  deploy,
  type Environment,
  evaluated,
  rowsWithOutcome,
  type ScalableKind,
  scaleOf,
  startEnvironment,
} from './environment.ts';

type Rule = KubeXrayPolicySpec['rules'][number];

const clean = 'registry.example.com/shop/clean:1';
const vulnerable = 'registry.example.com/shop/vulnerable:1';
const copyleft = 'registry.example.com/shop/copyleft:1';
const unknown = 'registry.example.com/shop/unknown:1';

const rules: Readonly<Record<string, { readonly image: string; readonly rule: Rule; readonly message: RegExp }>> = {
  unscanned: {
    image: unknown,
    rule: { name: 'r', use: 'unscanned', parameters: { gracePeriod: '0s', countUnchecked: true } },
    message: /shop\/unknown:1 was never scanned/,
  },
  security: { image: vulnerable, rule: { name: 'r', use: 'security' }, message: /CVE-2021-44228 \(critical\)/ },
  license: { image: copyleft, rule: { name: 'r', use: 'license', parameters: { denied: ['AGPL-*'] } }, message: /AGPL-3\.0/ },
};

const results = {
  Ignore: { outcome: 'Ignored', scale: { replicas: 2, pods: 2 } },
  ScaleDown: { outcome: 'Confirmed', scale: { replicas: 0, pods: 0 } },
  Delete: { outcome: 'Confirmed', scale: 'gone' },
} as const;

let environment: Environment;

test.before(async () => {
  environment = await startEnvironment();
  const { xray } = environment;
  xray.set({ name: 'shop/clean:1', digest: digestOf(clean), licenses: ['MIT'] });
  xray.set({
    name: 'shop/vulnerable:1',
    digest: digestOf(vulnerable),
    issues: [{ id: 'XRAY-1', cve: 'CVE-2021-44228', severity: 'Critical' }],
  });
  xray.set({ name: 'shop/copyleft:1', digest: digestOf(copyleft), licenses: ['AGPL-3.0'] });
  await environment.startController();
});

test.after.always(() => environment?.stop());

for (const [ruleName, { image, rule, message }] of Object.entries(rules)) {
  for (const action of ['Ignore', 'ScaleDown', 'Delete'] as const) {
    for (const kind of ['Deployment', 'StatefulSet'] as const) {
      test(`${ruleName} with ${action} on a ${kind}`, async (t) => {
        const { admin } = environment;
        const id = `${ruleName}-${action}-${kind}`.toLowerCase();
        await admin.createNamespace(id);
        await deploy(admin, { kind, namespace: id, name: 'bad', image, replicas: 2 });
        await deploy(admin, { kind, namespace: id, name: 'good', image: clean, replicas: 2 });
        const actions = { [key(kind)]: action };
        await applyPolicy(admin, id, { mode: 'Enforce', match: { namespaces: [id] }, rules: [{ ...rule, actions }] });

        const { outcome, scale } = results[action];
        const rows = await rowsWithOutcome(admin, { policy: id, workload: 'bad', outcome });
        t.is(rows.length, 1);
        t.like(rows[0], { rule: 'r', action, image, digest: digestOf(image) } satisfies Partial<ViolationStatus>);
        t.regex(rows[0]?.message ?? '', message);
        await waitForValue(() => scaleOf(admin, { kind, namespace: id, name: 'bad' }), scale, { what: 'scale of the bad one' });
        const status = await evaluated(admin, id);
        t.is(status.violations?.length, 1);
        t.is(status.totals?.acted, action === 'Ignore' ? 0 : 1);
        t.deepEqual(await scaleOf(admin, { kind, namespace: id, name: 'good' }), { replicas: 2, pods: 2 });
      });
    }
  }
}

function key(kind: ScalableKind): 'deployments' | 'statefulSets' {
  return kind === 'Deployment' ? 'deployments' : 'statefulSets';
}

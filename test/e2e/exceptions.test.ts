// Exceptions on the real control plane: what is refused at apply, and a workload that comes back, stays while one runs, and goes again.
import test from 'ava';
import type { PolicyException } from '../../src/policy/kubexraypolicy.generated.ts';
import { at } from '../cluster/at.ts';
import { waitForValue } from '../cluster/wait-for.ts';
import { digestOf } from '../xray/images.ts';
import {
  applyPolicy,
  deploy,
  type Environment,
  evaluated,
  policyPath,
  policyStatus,
  rowsWithOutcome,
  scaleOf,
  startEnvironment,
  submit,
} from './environment.ts';

const image = 'registry.example.com/shop/vulnerable:1';
const rule = { name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown' } } as const;
const exception = { name: 'INC-1', reason: 'patched next week', until: '2099-01-01T00:00:00Z', match: { workloads: ['Deployment/api'] } };

let environment: Environment;

test.before(async () => {
  environment = await startEnvironment();
  environment.xray.set({
    name: 'shop/vulnerable:1',
    digest: digestOf(image),
    issues: [{ id: 'XRAY-1', cve: 'CVE-2021-44228', severity: 'Critical' }],
  });
  await environment.startController();
});

test.after.always(() => environment?.stop());

const refused: Readonly<Record<string, { readonly exceptions: readonly object[]; readonly message: RegExp }>> = {
  'no match': { exceptions: [{ ...exception, match: undefined }], message: /spec\.exceptions\[0\]\.match: Required value/ },
  'an empty match, which would excuse everything': {
    exceptions: [{ ...exception, match: {} }],
    message: /spec\.exceptions\[0\]\.match: Invalid value: .*without any of them the exception would excuse everything/,
  },
  'a match of empty lists': {
    exceptions: [{ ...exception, match: { namespaces: [], workloads: [], images: [] } }],
    message: /spec\.exceptions\[0\]\.match: Invalid value: .*without any of them the exception would excuse everything/,
  },
  'no reason': { exceptions: [{ ...exception, reason: '' }], message: /spec\.exceptions\[0\]\.reason: Invalid value/ },
  'no end': { exceptions: [{ ...exception, until: undefined }], message: /spec\.exceptions\[0\]\.until: Required value/ },
  'an end that is a day': { exceptions: [{ ...exception, until: '2099-01-01' }], message: /spec\.exceptions\[0\]\.until: Invalid value/ },
  'an end that is no day': {
    exceptions: [{ ...exception, until: '2099-02-30T00:00:00Z' }],
    message: /spec\.exceptions\[0\]\.until: Invalid value/,
  },
  'a workload without its kind': {
    exceptions: [{ ...exception, match: { workloads: ['api'] } }],
    message: /spec\.exceptions\[0\]\.match\.workloads\[0\]: Invalid value: "api"/,
  },
  'cves and licenses at once': {
    exceptions: [{ ...exception, cves: ['CVE-1'], licenses: ['AGPL-*'] }],
    message: /spec\.exceptions\[0\]: Invalid value: .*give cves or licenses, not both/,
  },
  'an empty list of CVEs, which is not the whole rule': {
    exceptions: [{ ...exception, cves: [] }],
    message: /spec\.exceptions\[0\]\.cves: Invalid value: 0: .*at least 1 items/,
  },
  'a rule that there is not': {
    exceptions: [{ ...exception, rules: ['no-hihg'] }],
    message: /spec: Invalid value: .*must be that of a rule of this policy/,
  },
  'a rule twice': {
    exceptions: [{ ...exception, rules: ['no-high', 'no-high'] }],
    message: /spec\.exceptions\[0\]\.rules\[1\]: Duplicate value: "no-high"/,
  },
  'two of one name': { exceptions: [exception, exception], message: /spec\.exceptions\[1\]: Duplicate value: \{"name":"INC-1"\}/ },
};

for (const [name, { exceptions, message }] of Object.entries(refused)) {
  test(`an exception is refused at apply: ${name}`, async (t) => {
    const policy = {
      apiVersion: 'kubexray.io/v1alpha1',
      kind: 'KubeXrayPolicy',
      metadata: { name: 'refused' },
      spec: { rules: [rule], exceptions },
    };
    const path = '/apis/kubexray.io/v1alpha1/kubexraypolicies?fieldValidation=Strict';
    const { status, body } = await environment.admin.request('POST', path, policy);
    t.is(status, 422);
    t.regex(String(at(body, 'message')), message);
  });
}

test('as many exceptions as may be, each with all rules, are accepted', async (t) => {
  const rules = Array.from({ length: 50 }, (_, index) => ({ name: `rule-${index}`.padEnd(63, 'x'), use: 'security' }));
  const exceptions = Array.from({ length: 200 }, (_, index) => ({
    ...exception,
    name: `INC-${index}`,
    match: { images: [], workloads: [], namespaces: ['a'] },
    rules: rules.map(({ name }) => name),
  }));
  await applyPolicy(environment.admin, 'many', { match: { namespaces: ['nowhere'] }, rules, exceptions });
  t.is(at(await environment.admin.expect('GET', policyPath('many')), 'spec.exceptions.199.name'), 'INC-199');
});

test('an exception gives a workload back and no other; when it is taken away or ends, the workload goes to zero again', async (t) => {
  const { admin } = environment;
  const namespace = 'excepted';
  const api = { namespace, name: 'api' };
  await admin.createNamespace(namespace);
  const apply = (exceptions: PolicyException[]) =>
    applyPolicy(admin, 'production', { mode: 'Enforce', match: { namespaces: [namespace] }, rules: [rule], exceptions });
  const seenAt = (replicas: number) =>
    waitForValue(() => scaleOf(admin, api), { replicas, pods: replicas }, { what: `api at ${replicas}` });
  await apply([]);
  for (const name of ['api', 'web']) await submit(admin, { namespace, name, image, replicas: 2 });
  for (const workload of ['api', 'web']) await rowsWithOutcome(admin, { policy: 'production', workload, outcome: 'Confirmed' });

  await apply([{ ...exception, rules: ['no-high'], cves: ['CVE-2021-*'] }]);
  await seenAt(2);
  const [row] = await rowsWithOutcome(admin, { policy: 'production', workload: 'api', outcome: 'Excepted' });
  t.like(row, { rule: 'no-high', image, action: 'ScaleDown', reason: 'INC-1 until 2099-01-01T00:00:00Z' });
  t.like((await evaluated(admin, 'production')).totals, { evaluated: 2, violating: 1, excepted: 1, acted: 1 });
  t.deepEqual(await scaleOf(admin, { namespace, name: 'web' }), { replicas: 0, pods: 0 });

  await apply([{ ...exception, cves: ['CVE-2021-44229'] }]);
  await seenAt(0);

  const until = new Date(Date.now() + 3000).toISOString();
  await apply([{ ...exception, until }]);
  await seenAt(2);
  t.true(Date.now() < Date.parse(until) + 1000);
  await seenAt(0);
  t.true(Date.now() >= Date.parse(until));
  t.like((await policyStatus(admin, 'production')).conditions?.[0], { type: 'Ready', status: 'True' });
});

test('what is excepted from the start is never touched', async (t) => {
  const { admin } = environment;
  const namespace = 'spared';
  await admin.createNamespace(namespace);
  const exceptions = [{ ...exception, match: { namespaces: [namespace], images: ['registry.example.com/shop/*'] } }];
  await applyPolicy(admin, 'spared', { mode: 'Enforce', match: { namespaces: [namespace] }, rules: [rule], exceptions });
  await deploy(admin, { namespace, name: 'api', image, replicas: 2 });
  await rowsWithOutcome(admin, { policy: 'spared', workload: 'api', outcome: 'Excepted' });
  t.like((await evaluated(admin, 'spared')).totals, { evaluated: 1, violating: 0, excepted: 1, acted: 0 });
  t.deepEqual(await scaleOf(admin, { namespace, name: 'api' }), { replicas: 2, pods: 2 });
});

// What the real API server refuses at apply, with the field's path, and what it fills in. No controller runs.
import test from 'ava';
import { at } from '../cluster/at.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { installController, policyPath } from './environment.ts';

let cluster: ControlPlane;

test.before(async () => {
  cluster = await startControlPlane();
  await installController(cluster.admin);
});

test.after.always(() => cluster?.stop());

const rule = { name: 'no-high', use: 'security', actions: { deployments: 'ScaleDown' } };

/** Creates a policy as a strict client does and returns what the server says. */
async function create(name: string, spec: object) {
  const policy = { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name }, spec };
  const { status, body } = await cluster.admin.request(
    'POST',
    '/apis/kubexray.io/v1alpha1/kubexraypolicies?fieldValidation=Strict',
    policy,
  );
  return { status, message: String(at(body, 'message')) };
}

const refused: Readonly<Record<string, { readonly spec: object; readonly message: RegExp }>> = {
  'a wrong action word, which disarmed the whole file of the archived program (13)': {
    spec: { rules: [{ ...rule, actions: { deployments: 'delete' } }] },
    message: /spec\.rules\[0\]\.actions\.deployments: Unsupported value: "delete": supported values: "Ignore", "ScaleDown", "Delete"/,
  },
  'a misspelt action key': {
    spec: { rules: [{ ...rule, actions: { deployment: 'Delete' } }] },
    message: /unknown field "spec\.rules\[0\]\.actions\.deployment"/,
  },
  'a key that a later version may bring': {
    spec: { rules: [rule], limits: { maxActions: 1 } },
    message: /unknown field "spec\.limits"/,
  },
  'a rule with both use and rego': {
    spec: { rules: [{ ...rule, rego: 'package x' }] },
    message: /spec\.rules\[0\]: Invalid value: .*give exactly one of use and rego/,
  },
  'a rule with neither': {
    spec: { rules: [{ name: 'x' }] },
    message: /spec\.rules\[0\]: Invalid value: .*give exactly one of use and rego/,
  },
  'two rules of one name': { spec: { rules: [rule, rule] }, message: /spec\.rules\[1\]: Duplicate value: \{"name":"no-high"\}/ },
  'no rule at all': { spec: { rules: [] }, message: /spec\.rules: Invalid value: 0: spec\.rules in body should have at least 1 items/ },
  'a duration in days': { spec: { rules: [rule], facts: { maxAge: '1d' } }, message: /spec\.facts\.maxAge: Invalid value: "1d"/ },
  'a duration that is too short': {
    spec: { rules: [rule], facts: { maxAge: '10ms' } },
    message: /spec\.facts\.maxAge: Invalid value: .*at least 2s/,
  },
  'a mode that there is not': { spec: { mode: 'Audit', rules: [rule] }, message: /spec\.mode: Unsupported value: "Audit"/ },
  'a name of a rule that is no label': {
    spec: { rules: [{ ...rule, name: 'No High' }] },
    message: /spec\.rules\[0\]\.name: Invalid value: "No High"/,
  },
  'a rule longer than 64 KiB': { spec: { rules: [{ name: 'x', rego: 'x'.repeat(65_537) }] }, message: /spec\.rules\[0\]\.rego: Too long/ },
  'a selector that In gives no values': {
    spec: { rules: [rule], match: { namespaceSelector: { matchExpressions: [{ key: 'tier', operator: 'In' }] } } },
    message: /spec\.match\.namespaceSelector\.matchExpressions\[0\]: Invalid value: .*In and NotIn need values/,
  },
  'an empty list that would match nothing': {
    spec: { rules: [rule], match: { namespaces: [] } },
    message: /spec\.match\.namespaces: Invalid value: 0: .*at least 1 items/,
  },
};

for (const [name, { spec, message }] of Object.entries(refused)) {
  test(`refused at apply: ${name}`, async (t) => {
    const reply = await create('refused', spec);
    t.true(reply.status === 422 || reply.status === 400, String(reply.status));
    t.regex(reply.message, message);
  });
}

test('a minimal policy is accepted, and its defaults are the harmless ones', async (t) => {
  t.is((await create('minimal', { rules: [{ name: 'no-high', use: 'security' }] })).status, 201);
  t.deepEqual(at(await cluster.admin.expect('GET', policyPath('minimal')), 'spec'), {
    mode: 'DryRun',
    facts: { maxAge: '24h' },
    rules: [{ name: 'no-high', use: 'security' }],
  });
});

test('kubectl get shows the columns of the resource', async (t) => {
  await create('shown', { rules: [rule] });
  const table = await cluster.admin.table(policyPath('shown'));
  t.regex(table, /^NAME\s+MODE\s+READY\s+VIOLATING\s+ACTED\s+HELD\s+LAST-CHANGE\s+AGE/);
});

test('every field of the spec has a description for kubectl explain', async (t) => {
  const definition = await cluster.admin.expect(
    'GET',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kubexraypolicies.kubexray.io',
  );
  const spec = at(definition, 'spec.versions.0.schema.openAPIV3Schema.properties.spec');
  const undescribed: string[] = [];
  const visit = (node: unknown, path: string): void => {
    for (const [name, property] of Object.entries(Object(at(node, 'properties') ?? {}))) {
      // A label requirement is Kubernetes' own shape.
      if (at(property, 'description') === undefined && !path.includes('matchExpressions')) undescribed.push(`${path}.${name}`);
      visit(property, `${path}.${name}`);
      visit(at(property, 'items'), `${path}.${name}[]`);
    }
  };
  visit(spec, 'spec');
  t.not(at(spec, 'properties'), undefined);
  t.deepEqual(undescribed, []);
});

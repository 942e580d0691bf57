// From an object of the API server, or of a file, to a policy or to what is wrong with it.
import test from 'ava';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { PolicyProblem } from '../../src/policy/policy.ts';
import { policyObject } from '../builders/policy.ts';

function problemsOf(object: unknown): readonly PolicyProblem[] {
  const parsed = parsePolicy(object);
  return 'problems' in parsed ? parsed.problems : [];
}

test('what a policy does not say has its default', (t) => {
  t.deepEqual(parsePolicy(policyObject()), {
    policy: {
      name: 'production',
      uid: 'uid-production',
      generation: 3,
      mode: 'DryRun',
      match: {},
      maxAgeMs: 86_400_000,
      watches: [],
      rules: [
        {
          name: 'no-high',
          source: { kind: 'library', name: 'security' },
          parameters: {},
          actions: { deployments: 'Ignore', statefulSets: 'Ignore', default: 'Ignore' },
        },
      ],
      exceptions: [],
      status: undefined,
    },
  });
});

test('what a policy says is read as it says', (t) => {
  const match = {
    namespaces: ['prod-*'],
    excludeNamespaces: ['prod-sandbox'],
    namespaceSelector: { matchLabels: { 'example.com/tier': 'prod' } },
    workloadSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api'] }] },
    kinds: ['Deployment'],
    images: ['registry.example.com/*'],
  };
  const rules = [
    {
      name: 'a',
      use: 'security',
      parameters: { minSeverity: 'Low', deep: { any: [1] } },
      actions: { deployments: 'Delete', default: 'ScaleDown' },
    },
    { name: 'b', rego: 'package b', actions: { statefulSets: 'ScaleDown' } },
  ];
  t.like(parsePolicy(policyObject({ mode: 'Enforce', match, facts: { maxAge: '1h30m' }, rules })), {
    policy: {
      mode: 'Enforce',
      match,
      maxAgeMs: 5_400_000,
      rules: [
        {
          name: 'a',
          source: { kind: 'library', name: 'security' },
          parameters: { minSeverity: 'Low', deep: { any: [1] } },
          actions: { deployments: 'Delete', statefulSets: 'ScaleDown', default: 'ScaleDown' },
        },
        {
          name: 'b',
          source: { kind: 'inline', rego: 'package b' },
          parameters: {},
          actions: { deployments: 'Ignore', statefulSets: 'ScaleDown', default: 'Ignore' },
        },
      ],
    },
  });
});

const kindProblem = { path: 'kind', message: 'must be KubeXrayPolicy of kubexray.io/v1alpha1' };
const nameProblem = { path: 'metadata.name', message: 'is missing' };
const durationProblem = { path: 'spec.facts.maxAge', message: 'must be a duration of at least 2s' };
const sourceProblem = { path: 'spec.rules[0]', message: 'give exactly one of use and rego' };
const valuesProblem = { message: 'In and NotIn need values; Exists and DoesNotExist take none' };
const withRule = (rule: object) => policyObject({ rules: [{ name: 'r', use: 'security', ...rule }] });
const withLabel = (requirement: object) => policyObject({ match: { namespaceSelector: { matchExpressions: [requirement] } } });

/** What is wrong, the object, what is said. */
const wrong: readonly (readonly [string, unknown, readonly PolicyProblem[]])[] = [
  ['is nothing', undefined, [nameProblem]],
  ['is a list', [], [nameProblem]],
  ['has no name', policyObject({}, { metadata: {} }), [nameProblem]],
  ['is of another kind', policyObject({}, { kind: 'Policy' }), [kindProblem]],
  ['is of another version', policyObject({}, { apiVersion: 'kubexray.io/v1' }), [kindProblem]],
  ['has no spec', policyObject({}, { spec: undefined }), [{ path: 'spec', message: 'must be object' }]],
  [
    'has a misspelt field at the top',
    policyObject({}, { specs: {} }),
    [{ path: 'specs', message: 'is not a known field', hint: 'did you mean `spec`?', isName: true }],
  ],
  [
    'has a field in metadata that is not known',
    policyObject({}, { metadata: { name: 'a', label: {} } }),
    [{ path: 'metadata.label', message: 'is not a known field', hint: 'did you mean `labels`?', isName: true }],
  ],
  [
    'has a name in capitals',
    policyObject({}, { metadata: { name: 'Production' } }),
    [{ path: 'metadata.name', message: 'must be lower-case letters, digits, - and . with a letter or digit at both ends' }],
  ],
  [
    'has a label of a number',
    policyObject({}, { metadata: { name: 'a', labels: { tier: 1 } } }),
    [{ path: 'metadata.labels.tier', message: 'must be string' }],
  ],
  ['has no rules', policyObject({ rules: undefined }), [{ path: 'spec.rules', message: 'is missing' }]],
  ['has an empty list of rules', policyObject({ rules: [] }), [{ path: 'spec.rules', message: 'must NOT have fewer than 1 items' }]],
  [
    'has another mode',
    policyObject({ mode: 'enforce' }),
    [{ path: 'spec.mode', message: 'must be one of DryRun, Enforce', hint: 'did you mean `Enforce`?' }],
  ],
  [
    'has a field that is not known',
    policyObject({ restore: 'Manual' }),
    [{ path: 'spec.restore', message: 'is not a known field', isName: true }],
  ],
  [
    'has a misspelt action key',
    withRule({ actions: { deployment: 'Delete' } }),
    [{ path: 'spec.rules[0].actions.deployment', message: 'is not a known field', hint: 'did you mean `deployments`?', isName: true }],
  ],
  [
    'has another action word',
    withRule({ actions: { deployments: 'Scale' } }),
    [{ path: 'spec.rules[0].actions.deployments', message: 'must be one of Ignore, ScaleDown, Delete', hint: 'did you mean `ScaleDown`?' }],
  ],
  ['has a rule with both use and rego', withRule({ rego: 'package r' }), [sourceProblem]],
  ['has a rule with neither use nor rego', policyObject({ rules: [{ name: 'r' }] }), [sourceProblem]],
  [
    'has two rules of one name',
    policyObject({
      rules: [
        { name: 'r', use: 'a' },
        { name: 's', use: 'a' },
        { name: 'r', use: 'b' },
      ],
    }),
    [{ path: 'spec.rules[2].name', message: 'r is the name of an earlier rule' }],
  ],
  ['has a rule without a name', policyObject({ rules: [{ use: 'a' }] }), [{ path: 'spec.rules[0].name', message: 'is missing' }]],
  ['has a maxAge below a second', policyObject({ facts: { maxAge: '999ms' } }), [durationProblem]],
  ['has a maxAge beyond all numbers', policyObject({ facts: { maxAge: '99999999999999999999h' } }), [durationProblem]],
  [
    'has a maxAge in days',
    policyObject({ facts: { maxAge: '7d' } }),
    [{ path: 'spec.facts.maxAge', message: 'must match pattern "^([0-9]+(ms|s|m|h))+$"' }],
  ],
  [
    'has a label that is no text',
    policyObject({ match: { workloadSelector: { matchLabels: { 'example.com/part': 1 } } } }),
    [{ path: 'spec.match.workloadSelector.matchLabels.example.com/part', message: 'must be string' }],
  ],
  [
    'asks for no values of a label',
    withLabel({ key: 'tier', operator: 'NotIn' }),
    [{ path: 'spec.match.namespaceSelector.matchExpressions[0]', ...valuesProblem }],
  ],
  [
    'asks for values of a label that need only be there',
    withLabel({ key: 'tier', operator: 'Exists', values: ['prod'] }),
    [{ path: 'spec.match.namespaceSelector.matchExpressions[0]', ...valuesProblem }],
  ],
  [
    'has two faults, of which both are found',
    policyObject({ mode: 'x', rules: [{ name: 'R', use: 'a' }] }),
    [
      { path: 'spec.mode', message: 'must be one of DryRun, Enforce' },
      { path: 'spec.rules[0].name', message: 'must match pattern "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"' },
    ],
  ],
];

for (const [what, object, expected] of wrong) {
  test(`a policy that ${what} is refused with the place`, (t) => {
    t.deepEqual(problemsOf(object), expected);
  });
}

test('parameters are free: they are checked against the rule, not here', (t) => {
  t.deepEqual(problemsOf(withRule({ parameters: { anything: { nested: [null, 1, 'x'] } } })), []);
});

test('a status of the known shape is read, and one of another shape is none', (t) => {
  const status = { observedGeneration: 3, totals: { evaluated: 1, violating: 0, undecided: 0, acted: 0, held: 0, contested: 0 } };
  t.like(parsePolicy(policyObject({}, { status })), { policy: { status: { observedGeneration: 3 } } });
  for (const other of [null, 'x', [], { observedGeneration: 'three' }, { violations: {} }, { violations: [{ rule: 1 }] }]) {
    t.like(parsePolicy(policyObject({}, { status: other })), { policy: { name: 'production', status: undefined } });
  }
});

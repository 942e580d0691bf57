// Which workloads a policy is about.
import test from 'ava';
import { matchesWorkload, whyNotMatching } from '../../src/policy/match.ts';
import type { PolicyMatch } from '../../src/policy/policy.ts';
import { deployment } from '../builders/objects.ts';
import { image, workload } from '../builders/workload.ts';

const api = workload({
  controller: deployment({ namespace: 'prod-eu', labels: { app: 'api', release: '' } }),
  namespaceLabels: { tier: 'prod' },
  images: [image({ ref: 'registry.example.com/shop/api:1.4' }), image({ ref: 'envoyproxy/envoy:v1' })],
});

const labels = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]): PolicyMatch => ({
  workloadSelector: { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] },
});

/** What is asked, the match, whether the workload above is meant. */
const table: readonly (readonly [string, PolicyMatch, boolean])[] = [
  ['nothing', {}, true],
  ['its namespace by pattern', { namespaces: ['dev-*', 'prod-*'] }, true],
  ['other namespaces', { namespaces: ['prod'] }, false],
  ['all namespaces but others', { excludeNamespaces: ['dev-*'] }, true],
  ['all namespaces but its own', { excludeNamespaces: ['dev-*', '*-eu'] }, false],
  ['its namespace, which is also left out', { namespaces: ['prod-*'], excludeNamespaces: ['prod-eu'] }, false],
  ['a label of its namespace', { namespaceSelector: { matchLabels: { tier: 'prod' } } }, true],
  ['another value of a label of its namespace', { namespaceSelector: { matchLabels: { tier: 'dev' } } }, false],
  ['its own label as one of the namespace', { namespaceSelector: { matchLabels: { app: 'api' } } }, false],
  ['its own label', { workloadSelector: { matchLabels: { app: 'api' } } }, true],
  ['a label of the namespace as its own', { workloadSelector: { matchLabels: { tier: 'prod' } } }, false],
  ['two labels of which it has one', { workloadSelector: { matchLabels: { app: 'api', part: 'shop' } } }, false],
  ['an empty label that it does not have', { workloadSelector: { matchLabels: { part: '' } } }, false],
  ['a label by a name that every object has', { workloadSelector: { matchLabels: { constructor: 'Object' } } }, false],
  ['an empty selector', { workloadSelector: {}, namespaceSelector: {} }, true],
  ['a value among several', labels('app', 'In', ['web', 'api']), true],
  ['a value among others', labels('app', 'In', ['web']), false],
  ['a value of a label that it does not have', labels('part', 'In', ['']), false],
  ['no value of those that it has', labels('app', 'NotIn', ['api']), false],
  ['none of other values', labels('app', 'NotIn', ['web']), true],
  ['none of some values of a label that it does not have', labels('part', 'NotIn', ['shop']), true],
  ['that a label is there', labels('app', 'Exists'), true],
  ['that a label is there, which is there and empty', labels('release', 'Exists'), true],
  ['that a label is there, which is not', labels('part', 'Exists'), false],
  ['that a label of every object is there', labels('toString', 'Exists'), false],
  ['that a label is not there, which is', labels('release', 'DoesNotExist'), false],
  ['that a label is not there, which is not', labels('part', 'DoesNotExist'), true],
  ['its kind', { kinds: ['StatefulSet', 'Deployment'] }, true],
  ['another kind', { kinds: ['StatefulSet'] }, false],
  ['one of its images by pattern', { images: ['registry.example.com/*'] }, true],
  ['another image', { images: ['registry.example.com/shop/api'] }, false],
  ['all parts, of which one does not hold', { namespaces: ['prod-*'], kinds: ['Deployment'], images: ['quay.io/*'] }, false],
];

for (const [what, match, expected] of table) {
  test(`a match that asks for ${what} ${expected ? 'is' : 'is not'} about the workload`, (t) => {
    t.is(matchesWorkload(match, api), expected);
    t.is(whyNotMatching(match, api) === undefined, expected);
  });
}

test('a match that asks for images is not about a workload without any', (t) => {
  t.false(matchesWorkload({ images: ['*'] }, { ...api, images: [] }));
});

/** The match, the part that does not hold, what is said. */
const reasons: readonly (readonly [PolicyMatch, string, string])[] = [
  [{ namespaces: ['dev-*', 'test'] }, 'namespaces', 'the namespace prod-eu matches none of dev-*, test'],
  [{ excludeNamespaces: ['dev-*', '*-eu'] }, 'excludeNamespaces', 'the namespace prod-eu is excluded by *-eu'],
  [
    { namespaceSelector: { matchLabels: { tier: 'dev' } } },
    'namespaceSelector',
    'the labels of the namespace prod-eu do not fit: tier=prod',
  ],
  [{ workloadSelector: { matchLabels: { app: 'web' } } }, 'workloadSelector', 'the labels of the workload do not fit: app=api, release='],
  [{ kinds: ['StatefulSet', 'DaemonSet'] }, 'kinds', 'the kind Deployment is none of StatefulSet, DaemonSet'],
  [{ images: ['quay.io/*'] }, 'images', 'no image matches one of quay.io/*: registry.example.com/shop/api:1.4, envoyproxy/envoy:v1'],
  [{ namespaces: ['dev'], kinds: ['Pod'] }, 'namespaces', 'the namespace prod-eu matches none of dev'],
  [{ namespaces: [] }, 'namespaces', 'the namespace prod-eu matches none of an empty list'],
];

for (const [match, part, message] of reasons) {
  test(`a match with ${JSON.stringify(match)} does not hold in its ${part}`, (t) => {
    t.deepEqual(whyNotMatching(match, api), { part, message });
  });
}

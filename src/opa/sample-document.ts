// A small input document on which every rule is tried when a module is loaded: every field there is, and one image in each state. Pure.

const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** What Xray knows of a digest: nothing. */
const nothing = { issues: [], licenses: [], operationalRisks: [], violations: [] };

/** The fields of an image in the order of a real document. No two have a name or tag in common: a rule may map one to the other. */
function image(name: string, digest: string, place: { readonly registry: string; readonly tag: string }): object {
  const { registry, tag } = place;
  return {
    ...{ ref: `${registry}/shop/${name}:${tag}`, registry, repository: `shop/${name}`, tag, digest },
    ...{ digestKind: 'unchecked', containers: [{ name, type: 'container' }], pods: 1, current: true },
    ...{ firstSeenAt: '2020-01-01T00:00:00.000Z', state: 'unscanned', stale: false },
  };
}

/** The `now` of the sample, which every answer carries back. */
export const sampleNow = '2020-01-02T00:00:00.000Z';

const issue = {
  ...{ id: 'XRAY-1', cves: ['CVE-2019-1'], severity: 'critical', cvss: 9.8, applicability: 'applicable', malicious: false },
  ...{ publishedAt: '2019-12-01T00:00:00.000Z', components: [{ id: 'npm://left', version: '1.2.0', fixedVersions: ['1.2.9'] }] },
};
const risk = { component: 'npm://left:1.2.0', risk: 'high', reason: 'End of life', endOfLife: true, latestVersion: '2.0.0' };

const violation = { type: 'security', severity: 'critical', watch: 'sample', policy: 'no-critical', rule: 'all', issue: 'XRAY-1' };

/** JSON text, as of a real document. */
export const sampleDocument = JSON.stringify({
  apiVersion: 'kubexray.io/v1',
  now: sampleNow,
  workload: {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'sample', name: 'sample', uid: '00000000-0000-0000-0000-000000000001' },
    ...{ labels: { app: 'sample' }, annotations: { team: 'sample' }, namespaceLabels: { tier: 'sample' } },
    ownedBy: [{ apiVersion: 'example.com/v1', kind: 'Shop', name: 'sample', uid: '00000000-0000-0000-0000-000000000002' }],
    ...{ replicas: 1, pods: 1 },
  },
  images: [
    {
      ...image('known', digestOf('1'), { registry: 'registry.example.com', tag: '1.4' }),
      ...{ digestKind: 'manifest', index: digestOf('9'), state: 'scanned', scannedAt: sampleNow },
      ...{ issues: [issue], licenses: [{ name: 'AGPL-3.0', components: ['npm://left:1.2.0'] }], operationalRisks: [risk] },
      violations: [violation],
    },
    { ...image('new', digestOf('2'), { registry: 'registry.example.net', tag: '1.5' }), ...nothing },
    { ...image('unreachable', digestOf('3'), { registry: 'registry.example.org', tag: '2.0-rc.1' }), state: 'unavailable', ...nothing },
    { ...image('local', '', { registry: 'docker.io', tag: 'latest' }), state: 'unidentifiable', ...nothing },
  ],
  watches: ['sample'],
  parameters: {},
});

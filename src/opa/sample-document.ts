// A small input document on which every rule is tried when a module is loaded: one image in each state.

const image = { registry: 'registry.example.com', repository: 'sample', tag: '1', containers: [{ name: 'sample', type: 'container' }] };
const known = { pods: 1, current: true, firstSeenAt: '2020-01-01T00:00:00.000Z', stale: false, digestKind: 'manifest' };

function imageIn(state: string, digit: string): object {
  return {
    ...image,
    ...known,
    ref: `registry.example.com/${state}:1`,
    digest: `sha256:${digit.repeat(64)}`,
    state,
    issues: [],
    licenses: [],
  };
}

/** The `now` of the sample, which every answer carries back. */
export const sampleNow = '2020-01-02T00:00:00.000Z';

/** JSON text, as of a real document. */
export const sampleDocument = JSON.stringify({
  apiVersion: 'kubexray.io/v1',
  now: sampleNow,
  workload: {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'sample', name: 'sample', uid: '00000000-0000-0000-0000-000000000000' },
    ...{ labels: {}, annotations: {}, namespaceLabels: {}, ownedBy: [], replicas: 1, pods: 1 },
  },
  images: [
    {
      ...imageIn('scanned', '1'),
      scannedAt: sampleNow,
      issues: [
        {
          ...{ id: 'XRAY-1', cves: ['CVE-2020-1'], severity: 'critical', cvss: 9.8, applicability: 'applicable', malicious: false },
          components: [{ id: 'npm://sample', version: '1.0.0', fixedVersions: ['1.0.1'] }],
        },
      ],
      licenses: [{ name: 'AGPL-3.0', components: ['npm://sample'] }],
    },
    imageIn('unscanned', '2'),
    imageIn('unavailable', '3'),
    { ...imageIn('unidentifiable', '4'), digest: '', digestKind: 'unchecked' },
  ],
  parameters: {},
});

// The input document: pinned by a golden file, held against its schema. `UPDATE_GOLDEN=1` writes the file anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { documentText, inputDocument } from '../../src/evaluation/document.ts';
import type { ImageState } from '../../src/evaluation/image-state.ts';
import { inputSchema } from '../../src/evaluation/input-schema.ts';
import { bytesJson } from '../../src/facts/scan-json.ts';
import { content, imageState, issue, license, now, operationalRisk, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { deployment, ownerReference } from '../builders/objects.ts';
import { workload } from '../builders/workload.ts';

const goldenFile = new URL('../golden/input-document.json', import.meta.url);
const api = workload({
  controller: deployment({ labels: { app: 'api', 'example.com/part': 'shop "one"' }, annotations: { note: 'zwei\nZeilen' }, replicas: 3 }),
  namespaceLabels: { tier: 'prod' },
  ownedBy: [ownerReference({ apiVersion: 'shop.example.com/v1', kind: 'Shop', name: 'shop' })],
  pods: 3,
});
const findings = content({
  issues: [
    issue({
      id: 'XRAY-1',
      cves: ['CVE-2026-0001', 'CVE-2026-0002'],
      severity: 'critical',
      cvss: 9.8,
      applicability: 'applicable',
      components: [{ id: 'npm://moment', version: '2.29.3', fixedVersions: ['2.29.4'] }],
    }),
    issue({ id: 'XRAY-2', cves: [], severity: 'unknown', cvss: null, malicious: true, publishedAt: '' }),
  ],
  licenses: [license({ name: 'AGPL-3.0', components: ['deb://debian:bookworm:ghostscript:10'] })],
  operationalRisks: [operationalRisk({ endOfLife: true, reason: 'End of life' })],
});
const violation = { type: 'security', severity: 'critical', watch: 'prod', policy: 'no-critical', rule: 'all', issue: 'XRAY-1' } as const;
const states: readonly ImageState[] = [
  { ...imageState(scanned({ content: findings })), violations: [violation] },
  imageState(scanned({ stale: true, reason: 'Xray answered 503' }), {
    ref: 'docker.io/bitnami/redis:8',
    containers: [{ name: 'cache', type: 'container' }],
    current: false,
  }),
  imageState(unscanned(), { ref: 'new:1', containers: [{ name: 'prepare', type: 'init' }] }),
  imageState(unscanned({ stale: true, reason: 'timed out' }), { ref: 'new:2' }),
  imageState(unscanned(), {
    ref: 'multi:1',
    identity: { kind: 'manifest', index: `sha256:${'1'.repeat(64)}`, platform: 'linux/arm64' },
  }),
  imageState(unscanned(), { ref: 'closed:1', identity: { kind: 'unchecked', reason: 'the registry answered 401' } }),
  imageState(unavailable(), { ref: 'far:1' }),
  imageState(scanned(), { ref: 'local:1', digest: '', problem: 'unknown', containers: [{ name: 'debug', type: 'ephemeral' }] }),
];

function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
}

test('the document is that of the golden file', (t) => {
  const text = documentText(inputDocument(api, states, now).pieces);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile, pretty(text));
  // However the file is laid out: what counts is fields, values and their order.
  t.is(pretty(text), pretty(readFileSync(goldenFile, 'utf8')));
});

test('the document fits its schema, which knows every field of it', (t) => {
  const validate = new Ajv2020({ allErrors: true }).compile(inputSchema({ type: 'object', additionalProperties: false }));
  for (const images of [states, []]) {
    validate(JSON.parse(documentText(inputDocument(api, images, now).pieces)));
    t.deepEqual(validate.errors ?? [], []);
  }
});

test('violations that were made JSON already give the same document, and the fingerprint is short however many there are', (t) => {
  const violations = Array.from({ length: 2000 }, (_, index) => ({ ...violation, issue: `XRAY-${index}` }));
  const plain = inputDocument(api, [{ ...imageState(scanned({ content: findings })), violations }], now);
  const violationsJson = bytesJson(JSON.stringify(violations));
  const made = inputDocument(api, [{ ...imageState(scanned({ content: findings })), violations, violationsJson }], now);
  t.is(documentText(made.pieces), documentText(plain.pieces));
  t.true(made.pieces.includes(violationsJson.bytes));
  t.deepEqual([made.fingerprint.length, plain.fingerprint.length], [44, 44]);
  const fewer = bytesJson(JSON.stringify(violations.slice(1)));
  const other = { ...imageState(scanned({ content: findings })), violations: violations.slice(1), violationsJson: fewer };
  t.not(inputDocument(api, [other], now).fingerprint, made.fingerprint);
});

test('the fingerprint differs with everything but the moment', (t) => {
  const later = new Date('2026-11-23T10:00:01Z');
  const first = inputDocument(api, states, now);
  t.is(inputDocument(api, states, later).fingerprint, first.fingerprint);
  t.notDeepEqual(inputDocument(api, states, later).pieces, first.pieces);
  const others = [
    inputDocument({ ...api, pods: 4 }, states, now),
    inputDocument({ ...api, namespaceLabels: {} }, states, now),
    inputDocument(api, states.toReversed(), now),
    inputDocument(api, states.slice(1), now),
    inputDocument(api, [imageState(scanned()), ...states.slice(1)], now),
    inputDocument(api, [imageState(scanned({ content: findings, stale: true })), ...states.slice(1)], now),
  ];
  t.is(new Set([first, ...others].map(({ fingerprint }) => fingerprint)).size, 7);
});

// What the body of a webhook names: every schema version in any case, and nothing for what is odd.
import test from 'ava';
import { parseNotice } from '../../src/xray/webhook-notice.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { type WebhookEvent, webhookBody } from './webhook-bodies.ts';
import { bodyAbout } from './webhook-post.ts';

const hex = 'AB'.repeat(32);
const digest = `sha256:${'ab'.repeat(32)}`;
const image = { pkg_type: 'Docker', sha256: hex };
const about = (...artifacts: readonly unknown[]) => ({ issues: [{ impacted_artifacts: artifacts }] });

test('images of all issues are named once, each as a digest in lower case', (t) => {
  const other = { pkg_type: 'oci', sha256: 'c'.repeat(64) };
  const body = { watch_name: 'production', issues: [{ impacted_artifacts: [image, other] }, { impacted_artifacts: [image] }] };
  t.deepEqual(parseNotice(body), { digests: [digest, `sha256:${'c'.repeat(64)}`], watches: ['production'], ignored: 0 });
});

test('schema versions, types and severities make no difference', (t) => {
  const images = [{ name: 'shop/api:1', digest, repositories: ['docker-local'] }];
  const issues = [{ id: 'XRAY-1', severity: 'Unknown' }];
  const found: Partial<WebhookEvent>[] = [
    { issues },
    { licenses: ['GPL-3.0'] },
    { issues, licenses: ['GPL-3.0'], licenseType: 'license' },
    { issues: [{ id: 'XRAY-1', severity: 'minor', type: 'SECURITY' }] },
  ];
  for (const schemaVersion of ['1.1', '1.0', null] as const)
    for (const event of found)
      t.deepEqual(parseNotice(webhookBody({ images, schemaVersion, ...event })), {
        digests: [digest],
        watches: ['production'],
        ignored: 0,
      });
});

test('the type of a package counts in any case', (t) => {
  for (const type of ['Docker', 'docker', 'DOCKER', 'OCI', 'Oci'])
    t.deepEqual(parseNotice(about({ ...image, pkg_type: type })).digests, [digest]);
});

test('builds, other packages and what names no manifest are passed over and counted', (t) => {
  const artifacts = [
    { ...image, pkg_type: 'Build' },
    { ...image, pkg_type: 'Maven' },
    { ...image, pkg_type: undefined },
    { ...image, pkg_type: ['Docker'] },
    { ...image, sha256: '' },
    { ...image, sha256: 'ab'.repeat(31) },
    { ...image, sha256: `${hex}0` },
    { ...image, sha256: `sha512:${hex}` },
    { ...image, sha256: 7 },
    null,
    'Docker',
  ];
  t.deepEqual(parseNotice(about(...artifacts)), { digests: [], watches: [], ignored: 11 });
});

test('the digests of infected files are never taken for those of images', (t) => {
  const files = [{ pkg_type: 'Docker', sha256: 'd'.repeat(64) }];
  t.deepEqual(parseNotice(about({ ...image, infected_files: files })).digests, [digest]);
});

test('what is no body of Xray names nothing', (t) => {
  const nothing = { digests: [], watches: [], ignored: 0 };
  const odd = [
    null,
    7,
    'text',
    [],
    [about(image)],
    {},
    { issues: null },
    { issues: {} },
    { issues: [null, 7, {}, { impacted_artifacts: image }] },
    { watch_name: '' },
    { watch_name: 7 },
    { watch_name: 'w'.repeat(1025) },
  ];
  for (const body of odd) t.deepEqual(parseNotice(body), nothing, JSON.stringify(body));
});

test('a damaged body is never an error, and never names what did not stand in it', (t) => {
  const random = seededRandom(5);
  const digests = [digest, `sha256:${'c'.repeat(64)}`];
  const text = JSON.stringify({ ...bodyAbout(...digests), watch_name: 'production' });
  const odd = [null, [], {}, 7, 'x', true, '', [null], [[]], { sha256: hex }];
  const named = new Set<string>();
  for (let round = 0; round < 5000; round += 1) {
    // Any member, item or value of the body may be something else.
    const damaged: unknown = JSON.parse(text, (_, value: unknown) => (random() < 0.03 ? odd[Math.floor(random() * odd.length)] : value));
    for (const name of parseNotice(damaged).digests) named.add(name);
  }
  t.deepEqual([...named].sort(), digests);
});

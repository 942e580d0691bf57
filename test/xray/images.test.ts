// The data of the stand-in as people write them, and what is said of their mistakes.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseData, readData } from './data.ts';
import { digestOf } from './images.ts';

test('an image needs no more than a name', (t) => {
  t.deepEqual(parseData('name: shop/cart:0.9', 'cart.yaml').images, [
    {
      name: 'shop/cart:0.9',
      digest: digestOf('shop/cart:0.9'),
      indexDigest: null,
      repositories: ['docker-local'],
      status: 'DONE',
      issues: [],
      licenses: [],
      operationalRisks: [],
    },
  ]);
  t.regex(digestOf('shop/cart:0.9'), /^sha256:[0-9a-f]{64}$/);
});

test('the images of the demo are readable, each digest once', async (t) => {
  const { images } = await readData(join(import.meta.dirname, 'images'));
  t.deepEqual(
    images.map((image) => image.name),
    ['shop/api:1.4', 'shop/api:1.5', 'shop/ledger:7.2', 'shop/reports:2.0', 'shop/web:3.1'],
  );
});

test('a digest, and the name of a watch, may be there once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-stand-in-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'a.yaml'), 'watches: [{name: w}]\nimages: [{name: a}]');
  await writeFile(join(directory, 'b.yaml'), 'watches: [{name: w}]');
  await t.throwsAsync(readData(directory), { message: 'b.yaml: watch: w is in a.yaml already' });
  await writeFile(join(directory, 'b.yaml'), 'name: a');
  await t.throwsAsync(readData(directory), { message: `b.yaml: digest: ${digestOf('a')} is in a.yaml already` });
});

const mistakes: readonly (readonly [string, string])[] = [
  ['{}', "cart.yaml: image must have required property 'name'"],
  ['name: Shop Cart', 'cart.yaml: name must match pattern'],
  ['{name: a, digest: 12ab}', 'cart.yaml: digest must match pattern'],
  ['{name: a, isues: []}', 'cart.yaml: image has a field that does not exist: isues'],
  [
    '{name: a, issues: [{id: XRAY-1, severity: Hihg}]}',
    'cart.yaml: issues[0].severity must be equal to one of the allowed values: Critical, High',
  ],
  ['{name: a, issues: [{id: XRAY-1, severity: High, cvss: "7"}]}', 'cart.yaml: issues[0].cvss must be number'],
  ['- name: a\n- {name: b, licenses: [{components: []}]}', "cart.yaml: [1]: licenses[0] must have required property 'name'"],
  ['name: [', 'cart.yaml: Flow sequence'],
  ['{name: a, status: QUEUED}', 'cart.yaml: status must be equal to one of the allowed values: NOT_SUPPORTED'],
  ['{images: [{name: a}], watch: []}', 'cart.yaml: file has a field that does not exist: watch'],
  ['{images: [{name: B}]}', 'cart.yaml: images[0]: name must match pattern'],
  [
    '{watches: [{name: a, policies: [{name: p, minSeverity: Hihg}]}]}',
    'cart.yaml: watches[0]: policies[0].minSeverity must be equal to one of',
  ],
  ['{watches: [{name: a, since: yesterday}]}', 'cart.yaml: watches[0]: since must match pattern'],
  [
    '{watches: [{name: a, violations: [{issue: XRAY-1, severity: High}]}]}',
    "cart.yaml: watches[0]: violations[0] must have required property 'artifacts'",
  ],
  ['{watches: [{name: a, ignore: [{}]}]}', 'cart.yaml: watches[0]: ignore[0] must NOT have fewer than 1 properties'],
];

for (const [text, message] of mistakes) {
  test(`${JSON.stringify(text)} is refused with file and field`, (t) => {
    const error = t.throws(() => parseData(text, 'cart.yaml'));
    t.is(error?.message.slice(0, message.length), message);
  });
}

// The data of the stand-in as people write them, and what is said of their mistakes.

import { join } from 'node:path';
import test from 'ava';
import { digestOf, parseImages, readImages } from './images.ts';

test('an image needs no more than a name', (t) => {
  t.deepEqual(parseImages('name: shop/cart:0.9', 'cart.yaml'), [
    {
      name: 'shop/cart:0.9',
      digest: digestOf('shop/cart:0.9'),
      repositories: ['docker-local'],
      issues: [],
      licenses: [],
      operationalRisks: [],
    },
  ]);
  t.regex(digestOf('shop/cart:0.9'), /^sha256:[0-9a-f]{64}$/);
});

test('the images of the demo are readable, each digest once', async (t) => {
  const images = await readImages(join(import.meta.dirname, 'images'));
  t.deepEqual(
    images.map((image) => image.name),
    ['shop/api:1.4', 'shop/api:1.5', 'shop/ledger:7.2', 'shop/reports:2.0', 'shop/web:3.1'],
  );
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
];

for (const [text, message] of mistakes) {
  test(`${JSON.stringify(text)} is refused with file and field`, (t) => {
    const error = t.throws(() => parseImages(text, 'cart.yaml'));
    t.is(error?.message.slice(0, message.length), message);
  });
}

// One form for where an image lies, whatever an answer of Xray calls it by.

import test from 'ava';
import { digestInPath, repositoryPath } from '../../src/xray/artifact-path.ts';

const hex = '0f'.repeat(32);

const forms: readonly (readonly [string, string])[] = [
  // As summaries have it.
  ['default/docker-local/shop/api/1.4/', 'docker-local/shop/api/1.4'],
  ['default/docker-local/shop/api/1.4', 'docker-local/shop/api/1.4'],
  // As violations have it.
  ['default/docker-local/shop/api/1.4/manifest.json', 'docker-local/shop/api/1.4'],
  ['default/docker-local/shop/api/1.4/list.manifest.json', 'docker-local/shop/api/1.4'],
  ['docker-local/shop/api/1.4/manifest.json', 'docker-local/shop/api/1.4'],
  ['/docker-local/shop/api/1.4/manifest.json', 'docker-local/shop/api/1.4'],
  ['LOCAL/docker-local/api/1.4/manifest.json', 'docker-local/api/1.4'],
  [`default/hub-cache/shop/api/sha256__${hex}/manifest.json`, `hub-cache/shop/api/sha256:${hex}`],
  [`default/docker-local/shop/api/sha256:${hex.toUpperCase()}/manifest.json`, `docker-local/shop/api/sha256:${hex}`],
  // Another Artifactory's name: the same in summaries, so it may stay.
  ['arti1/docker-local/shop/api/1.4/manifest.json', 'arti1/docker-local/shop/api/1.4'],
  // A repository of that name, without anything in front.
  ['default', 'default'],
  // What is no image keeps its file.
  ['default/maven-local/org/thing/1.0/thing-1.0.jar', 'maven-local/org/thing/1.0/thing-1.0.jar'],
  ['', ''],
  ['manifest.json', ''],
];

for (const [given, expected] of forms) {
  test(`${given} lies at ${expected}`, (t) => {
    t.is(repositoryPath(given), expected);
    t.is(repositoryPath(expected), expected, 'the form of a form is itself');
  });
}

test('a folder that is a digest tells it, one that is a tag does not', (t) => {
  t.is(digestInPath(`hub-cache/shop/api/sha256:${hex}`), `sha256:${hex}`);
  t.is(digestInPath('docker-local/shop/api/1.4'), null);
  t.is(digestInPath(`docker-local/shop/api/sha256:${hex.slice(1)}`), null);
  t.is(digestInPath(`docker-local/sha256:${hex}/1.4`), null);
});

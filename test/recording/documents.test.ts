// Files of documents: JSON and YAML alike, places by line, and limits that are told before memory runs out.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Failure } from '../../src/failure.ts';
import { readManifests } from '../../src/kubernetes/manifests.ts';
import { parseDocuments, readDocuments } from '../../src/recording/documents.ts';
import { readImageFacts } from '../../src/recording/facts-file.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { now } from '../builders/fact.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { randomContent } from './random-content.ts';

test('a file that is too large is refused before it is read, with both sizes', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-documents-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'huge.json');
  await writeFile(file, '');
  // Without a block on the disk.
  await truncate(file, 300 * 2 ** 20);
  await t.throwsAsync(readDocuments(file), { message: `read ${file}: it has 300 MiB, and at most 256 MiB can be read` });
});

test('YAML has a smaller limit, and the message says what to do', (t) => {
  const text = `a: ${'x'.repeat(33 * 2 ** 20)}`;
  t.throws(() => parseDocuments('big.yaml', text), {
    message: 'read big.yaml: it has 34 MiB, and at most 32 MiB can be read as YAML; as JSON it can have more',
  });
});

test('YAML in its flow style, a byte order mark and several documents are read', (t) => {
  const values = (text: string) => parseDocuments('a.yaml', text).map(({ value }) => value);
  t.deepEqual(values('{a: b}'), [{ a: 'b' }]);
  t.deepEqual(values('\u{feff}{"a": "b"}'), [{ a: 'b' }]);
  t.deepEqual(values('\n---\na: 1\n---\n---\na: 2\n'), [{ a: 1 }, { a: 2 }]);
  t.deepEqual(values(''), []);
});

test('a place is the line of the value, or of what is nearest above it', (t) => {
  const [, second] = parseDocuments('a.yaml', 'x: 1\n---\nlist:\n  - name: a\n  - name: b\n');
  t.is(second?.placeOf(['list', 1, 'name']), 'a.yaml:5');
  t.is(second?.placeOf(['list', 1, 'missing']), 'a.yaml:5');
  t.is(second?.placeOf(['missing']), 'a.yaml:3');
});

test('a key that stands twice is refused', (t) => {
  t.throws(() => parseDocuments('a.yaml', 'a: 1\nb: 2\na: 3\n'), { message: /^read a\.yaml:3: Map keys must be unique$/ });
});

test('whatever bytes are changed in a file, it is read or refused by a Failure', (t) => {
  const random = seededRandom(1);
  const { text } = snapshotText(randomContent(11), ['*']);
  const signs = '{}[]",:0-\n\\xé ';
  let refused = 0;
  for (let round = 0; round < 150; round += 1) {
    const at = Math.floor(random() * text.length);
    const sign = signs[Math.floor(random() * signs.length)] ?? '';
    const mangled = text.slice(0, at) + sign + text.slice(at + Math.floor(random() * 3));
    for (const read of [readSnapshot, (document: Parameters<typeof readSnapshot>[0]) => readImageFacts(document, now)]) {
      try {
        for (const document of parseDocuments('a.json', mangled)) read(document);
      } catch (thrown) {
        refused += 1;
        t.true(thrown instanceof Failure, `round ${round}: ${String(thrown)}`);
      }
    }
  }
  t.true(refused > 100);
});

test('whatever stands in a manifest, it is read or refused by a Failure', (t) => {
  const random = seededRandom(2);
  const pick = (choices: readonly unknown[]): unknown => choices[Math.floor(random() * choices.length)];
  const junk = (depth: number): unknown => {
    const leaf = pick([null, true, 0, -1, 1e300, '', 'x', [], {}]);
    if (depth === 0 || random() < 0.3) return leaf;
    const names = [
      'metadata',
      'spec',
      'template',
      'labels',
      'selector',
      'matchLabels',
      'containers',
      'items',
      'name',
      'ownerReferences',
      'replicas',
      'uid',
    ];
    if (random() < 0.3) return [junk(depth - 1), junk(depth - 1)];
    return Object.fromEntries(Array.from({ length: 4 }, () => [String(pick(names)), junk(depth - 1)]));
  };
  let read = 0;
  for (let round = 0; round < 2000; round += 1) {
    const kind = pick([
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'ReplicaSet',
      'Job',
      'CronJob',
      'Pod',
      'Namespace',
      'List',
      'PodList',
      'Secret',
      7,
    ]);
    const metadata = { name: 'a', ...Object(junk(2)) };
    const value = { apiVersion: pick(['v1', 'apps/v1', 'batch/v1']), kind, metadata, spec: junk(5), items: junk(3), status: junk(2) };
    try {
      readManifests([{ place: 'a.yaml', value }], now);
      read += 1;
    } catch (thrown) {
      t.true(thrown instanceof Failure, `round ${round}: ${String(thrown)}`);
    }
  }
  t.true(read > 500);
});

import test from 'ava';
import { readManifest } from '../../src/registry/read-manifest.ts';
import { digestOf, imageManifest } from './registry.ts';

const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

const read = (text: string, { contentType = '', reference = 'v1', digestHeader = '' } = {}) =>
  readManifest({ bytes: Buffer.from(text), reference, contentType, digestHeader });

const index = (...manifests: readonly unknown[]) => JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests });
const one = digestOf('one');
const amd64 = { os: 'linux', architecture: 'amd64' };
const entry = { mediaType: ociManifest, digest: one, size: 2, platform: amd64 };
const platform = { os: 'linux', architecture: 'amd64', variant: '' };

/** What the index becomes: its manifests, or the reason. */
function manifestsOf(text: string): unknown {
  const answer = read(text);
  return answer.kind === 'index' ? answer.manifests : 'reason' in answer ? answer.reason : answer.kind;
}

test('an entry is the manifest of its platform', (t) => {
  t.deepEqual(manifestsOf(index(entry)), [{ digest: one, platform }]);
  t.deepEqual(manifestsOf(index({ ...entry, platform: { ...amd64, variant: 'v2' } })), [
    { digest: one, platform: { ...platform, variant: 'v2' } },
  ]);
});

test('an attestation is left out', (t) => {
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
  t.deepEqual(manifestsOf(index({ ...entry, platform: { os: 'unknown', architecture: 'unknown' }, annotations })), []);
});

test('what not every runtime takes is narrowed', (t) => {
  const narrowed = [{ digest: one, platform, narrowed: true }];
  t.deepEqual(manifestsOf(index({ ...entry, platform: { ...amd64, 'os.version': '10.0' } })), narrowed);
  t.deepEqual(manifestsOf(index({ ...entry, platform: { ...amd64, 'os.features': ['win32k'] } })), narrowed);
  t.deepEqual(manifestsOf(index({ ...entry, annotations: { 'vnd.docker.reference.type': 'x' } })), narrowed);
  t.deepEqual(manifestsOf(index({ ...entry, artifactType: 'application/x' })), narrowed);
  t.deepEqual(manifestsOf(index({ ...entry, mediaType: 'application/x' })), narrowed);
});

test('an entry without a platform has an empty one', (t) => {
  t.deepEqual(manifestsOf(index({ mediaType: dockerManifest, digest: one, size: 2 })), [
    { digest: one, platform: { os: '', architecture: '', variant: '' } },
  ]);
  t.deepEqual(manifestsOf(index({ digest: one, platform: null, annotations: null })), [
    { digest: one, platform: { os: '', architecture: '', variant: '' } },
  ]);
});

test('an empty index is an index of nothing', (t) => {
  t.deepEqual(manifestsOf(index()), []);
});

test('an index in an index is not followed', (t) => {
  t.is(manifestsOf(index(entry, { ...entry, mediaType: ociIndex })), 'the index holds another index');
});

const malformed: readonly (readonly [what: string, entry: unknown])[] = [
  ['that is a number', 1],
  ['that is null', null],
  ['without a digest', {}],
  ['with half a digest', { ...entry, digest: 'sha256:abc' }],
  ['with a digest in capitals', { ...entry, digest: one.toUpperCase() }],
  ['with a digest of another kind', { ...entry, digest: `sha512:${'a'.repeat(128)}` }],
  ['with a text as its platform', { ...entry, platform: 'linux/amd64' }],
  ['with a number as its system', { ...entry, platform: { ...amd64, os: 1 } }],
  ['with an endless architecture', { ...entry, platform: { ...amd64, architecture: 'a'.repeat(65) } }],
  ['with a text as its features', { ...entry, platform: { ...amd64, 'os.features': 'all' } }],
  ['with a list as its annotations', { ...entry, annotations: [] }],
];

for (const [what, each] of malformed) {
  test(`an index with an entry ${what} is of no use`, (t) => {
    t.is(manifestsOf(index(each, entry)), 'an entry of the index is not as the specification has it');
  });
}

test('an index of more than five hundred entries is of no use', (t) => {
  t.is(manifestsOf(index(...Array.from({ length: 501 }, () => entry))), 'the index has more than 500 entries');
});

test('without media types the shape decides', (t) => {
  t.is(read('{"schemaVersion":2,"config":{},"layers":[]}').kind, 'manifest');
  t.is(read('{"schemaVersion":2,"manifests":[]}').kind, 'index');
  t.is(read('{"schemaVersion":2,"manifests":[]}', { contentType: 'application/json; charset=utf-8' }).kind, 'index');
});

const contradictions: readonly (readonly [text: string, contentType: string])[] = [
  ['{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}', ociIndex],
  ['{"schemaVersion":2,"manifests":[],"layers":[]}', ociIndex],
  ['{"schemaVersion":2,"manifests":null,"config":{},"layers":[]}', ociManifest],
  ['{"schemaVersion":2,"manifests":[]}', ociManifest],
  ['{"schemaVersion":2,"manifests":[]}', `${dockerManifest}; x=y`],
  ['{"schemaVersion":2,"config":{},"layers":[]}', ociIndex],
  [`{"schemaVersion":2,"mediaType":"${ociManifest}","manifests":[]}`, ''],
  [`{"schemaVersion":2,"mediaType":"${ociIndex}","config":{},"layers":[]}`, ''],
  ['{"schemaVersion":2,"mediaType":"text/html","config":{},"layers":[]}', ''],
  ['{"schemaVersion":2}', ociManifest],
  ['{"errors":[]}', ''],
];

for (const [text, contentType] of contradictions) {
  test(`${text} as ${contentType || 'nothing'} is neither an image nor an index`, (t) => {
    t.deepEqual(read(text, { contentType }), {
      kind: 'unavailable',
      reason: 'the manifest is neither an image nor an index, or not what its media type says',
    });
  });
}

const ambiguous: readonly string[] = [
  // Go takes any case, and the last of two.
  `{"schemaVersion":2,"manifests":[],"Manifests":[]}`,
  `{"schemaVersion":2,"MANIFESTS":[]}`,
  `{"schemaVersion":2,"manifests":[],"manifests":[]}`,
  `{"schemaVersion":2,"manifests":[],"manifest\\u0073":[]}`,
  // Go takes the long s for an s, and the sign of kelvin for a k.
  `{"schemaVersion":2,"manifests":[],"manife\u017Fts":[]}`,
  `{"schemaVersion":2,"manifests":[{"digest":"${one}","Digest":"${digestOf('two')}"}]}`,
  `{"schemaVersion":2,"manifests":[{"digest":"${one}","Platform":{"os":"linux"}}]}`,
  `{"schemaVersion":2,"manifests":[{"digest":"${one}","platform":{"os":"linux"},"platform":{"architecture":"arm"}}]}`,
  `{"schemaVersion":2,"manifests":[{"digest":"${one}","platform":{"os":"linux","OS":"windows"}}]}`,
];

for (const [at, text] of ambiguous.entries()) {
  test(`what Go reads in another way is of no use (${at + 1})`, (t) => {
    t.deepEqual(read(text), { kind: 'unavailable', reason: 'the manifest can be read in two ways' });
  });
}

test('quotes and brackets in texts confuse nobody', (t) => {
  const annotations = { note: '"manifests":[{"digest":"x"}] \\" } ]', other: '\\' };
  t.deepEqual(manifestsOf(index({ ...entry, annotations })), [{ digest: one, platform }]);
});

test('a configuration whose digest is not sha256 is not told', (t) => {
  t.false('config' in read('{"schemaVersion":2,"config":{"digest":"sha512:abc"},"layers":[]}'));
  t.false('config' in read('{"schemaVersion":2,"config":{"digest":1},"layers":[]}'));
});

test('a manifest of schema 1 is of no use, and says why', (t) => {
  t.deepEqual(read('{"schemaVersion":1,"name":"a","fsLayers":[]}'), {
    kind: 'unavailable',
    reason: 'the manifest is of schema 1, which no current runtime takes',
  });
});

test('the digest is that of the bytes', (t) => {
  const image = imageManifest('docker', 'api');
  const digest = digestOf(image.body);
  const expected = { kind: 'manifest', digest, config: digestOf('config of api') } as const;
  t.deepEqual(read(image.body, { contentType: image.mediaType }), expected);
  t.deepEqual(read(image.body, { digestHeader: digest }), expected);
  t.deepEqual(read(image.body, { reference: digest, digestHeader: 'nonsense' }), expected);
  t.is(read(`${image.body}\n`, { reference: digest }).kind, 'unavailable');
  t.is(read(image.body, { digestHeader: digestOf('other') }).kind, 'unavailable');
});

test('four megabytes of names are read in a moment', (t) => {
  const startedAt = performance.now();
  const layers = Array.from({ length: 60_000 }, (_, at) => ({ digest: one, size: at }));
  t.is(read(JSON.stringify({ schemaVersion: 2, config: {}, layers })).kind, 'manifest');
  t.true(performance.now() - startedAt < 2_000);
});

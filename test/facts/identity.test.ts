// Which manifest a container runs, given what Xray and a registry say.
import test from 'ava';
import type { Fact } from '../../src/facts/fact.ts';
import { type Identity, type ImageQuestion, type ImageSource, identifyImage, platformText } from '../../src/facts/identity.ts';
import type { ContainerDigest } from '../../src/facts/image.ts';
import { content, issue, license, now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { platformManifests } from '../builders/memory-registry.ts';
import { digestOf } from '../builders/objects.ts';

const place = { registry: 'reg.io', repository: 'shop/api' };
const index = digestOf('index');
const amd64 = digestOf('amd64');
const arm64 = digestOf('arm64');
const config = digestOf('config');
const reported: ContainerDigest = { digest: index, place };
const waiting: ContainerDigest = { problem: 'was not pulled yet', tagged: { ...place, tag: '1', config: '' } };
const imported: ContainerDigest = { problem: 'named by its configuration', tagged: { ...place, tag: '1', config } };
const amd64Platform = { os: 'linux', architecture: 'amd64', variant: '' };
const listing: Extract<Identity, { kind: 'index' }> = {
  kind: 'index',
  digest: index,
  manifests: platformManifests({ 'linux/amd64': amd64, 'linux/arm64': arm64 }),
};
const asking: Identity = { kind: 'asking', reason: 'the registry reg.io is being asked' };
const manifest: Identity = { kind: 'manifest', digest: index };
const unknown: Identity = { kind: 'unknown', reason: 'reg.io answered 503' };

interface Given extends Partial<Pick<ImageSource, 'platform' | 'whyNoPlatform'>> {
  readonly fact?: Fact;
  /** By reference; what is not here is not known to any registry, because there is none. */
  readonly registry?: Readonly<Record<string, Identity>>;
}

/** Without `needs`, which have tests of their own. */
function identified(found: ContainerDigest, given: Given = {}) {
  const { needs: _, ...image } = whole(found, given);
  return image;
}

function whole(found: ContainerDigest, { fact = unscanned(), registry = {}, ...given }: Given) {
  const identityOf = ({ reference }: ImageQuestion): Identity | undefined => registry[reference];
  const known = { factOf: () => fact, identityOf };
  return identifyImage(found, { ref: 'api:1', known, platform: amd64Platform, whyNoPlatform: '', since: now, ...given });
}

const asReported = { digest: index, problem: '' };
const asChild = { digest: amd64, problem: '', identity: { kind: 'manifest', index, platform: 'linux/amd64' } };

const withIssue = scanned({ content: content({ issues: [issue()] }) });
const withLicense = scanned({ content: content({ licenses: [license()] }) });

test('no registry is asked where Xray names an issue, or has not answered yet', (t) => {
  for (const fact of [withIssue, unavailable()]) {
    for (const identity of [asking, unknown, manifest])
      t.deepEqual(whole(reported, { fact, registry: { [index]: identity } }), {
        ...asReported,
        needs: { digests: [index], questions: [] },
      });
  }
  t.deepEqual(whole(reported, { fact: unavailable(), registry: { [index]: listing } }), {
    ...asReported,
    needs: { digests: [index], questions: [] },
  });
});

test('of what is known to be an index, in which Xray names an issue too, both the manifest and the index are judged', (t) => {
  const needs = { digests: [index], questions: [{ ...place, reference: index }] };
  t.deepEqual(whole(reported, { fact: withIssue, registry: { [index]: listing } }), {
    ...asChild,
    needs: { ...needs, digests: [index, amd64] },
    also: { ...asReported, needs },
  });
  t.deepEqual(whole(reported, { fact: withIssue, registry: { [index]: listing }, platform: undefined }), { ...asReported, needs });
});

test('a digest that Xray does not know, or in which it names no issue, is what the registry says', (t) => {
  for (const fact of [unscanned(), scanned(), unscanned({ stale: true }), withLicense]) {
    t.deepEqual(identified(reported, { fact, registry: { [index]: listing } }), asChild);
    t.deepEqual(identified(reported, { fact, registry: { [index]: manifest } }), {
      ...asReported,
      identity: { kind: 'manifest', index: '', platform: '' },
    });
    t.deepEqual(identified(reported, { fact, registry: { [index]: unknown } }), {
      ...asReported,
      identity: { kind: 'unchecked', reason: 'reg.io answered 503' },
    });
    t.deepEqual(identified(reported, { fact, registry: { [index]: asking } }), {
      ...{ digest: '', problem: asking.reason },
      identity: { kind: 'asking', digest: index, reason: asking.reason },
    });
    t.deepEqual(identified(reported, { fact }), asReported);
  }
});

test('Xray is asked about the index and the manifest, the registry about the index alone', (t) => {
  t.deepEqual(whole(reported, { registry: { [index]: listing } }).needs, {
    digests: [index, amd64],
    questions: [{ ...place, reference: index }],
  });
});

test('of an index without a manifest for the node, or for a node that is not known, nothing can be told', (t) => {
  const registry = { [index]: listing };
  t.deepEqual(identified(reported, { registry, platform: { ...amd64Platform, architecture: 's390x' } }), {
    digest: '',
    problem: `api:1 stands for several platforms (${index}), of which it cannot be told which one runs on linux/s390x`,
    isForeign: true,
  });
  t.deepEqual(identified(reported, { registry, platform: undefined, whyNoPlatform: 'the platform of node node-1 is not known' }), {
    digest: '',
    problem: `api:1 stands for several platforms (${index}), and the platform of node node-1 is not known`,
  });
});

test('an index is foreign to a node only when it surely has nothing for it', (t) => {
  const foreign = (manifests: Extract<Identity, { kind: 'index' }>['manifests'], os = 'windows') =>
    identified(reported, { registry: { [index]: { ...listing, manifests } }, platform: { ...amd64Platform, os } }).isForeign;
  const [narrowed, ...others] = platformManifests({ 'windows/amd64': arm64, 'windows/amd64/': amd64 }).map((one) => ({
    ...one,
    narrowed: true as const,
  }));
  const nameless = platformManifests({ '': amd64, '//': arm64 });
  t.is(foreign(listing.manifests), true);
  t.is(foreign(narrowed === undefined ? [] : [narrowed, ...others]), undefined);
  t.is(foreign(nameless), undefined);
});

test('nobody is asked about what is no digest or no place of a registry', (t) => {
  for (const found of [
    { digest: 'sha256:../../x', place },
    { digest: index, place: { registry: 'reg.io', repository: '../x' } },
    { digest: index, place: { registry: 'user@reg.io', repository: 'x' } },
  ]) {
    t.deepEqual(whole(found, { registry: { [found.digest]: listing } }).needs.questions, []);
  }
});

test('a pod that waits is what its tag stands for, and says so where that cannot be told', (t) => {
  t.deepEqual(identified(waiting, { registry: { '1': listing } }), { ...asChild, identity: { ...asChild.identity, byTag: true } });
  t.deepEqual(identified(waiting, { registry: { '1': manifest } }), {
    ...asReported,
    identity: { kind: 'manifest', index: '', platform: '', byTag: true },
  });
  t.deepEqual(identified(waiting, { registry: { '1': unknown } }), {
    digest: '',
    problem: 'api:1 waits to be pulled; its tag could not be resolved: reg.io answered 503',
  });
  t.deepEqual(identified(waiting, { registry: { '1': asking } }).identity, { kind: 'asking', digest: '', reason: asking.reason });
  t.deepEqual(identified(waiting), { digest: '', problem: 'was not pulled yet' });
  t.deepEqual(whole(waiting, { registry: { '1': listing } }).needs, {
    digests: [amd64],
    questions: [{ ...place, reference: '1', since: now }],
  });
});

test('one that is known by its configuration alone is what its tag stands for only with proof', (t) => {
  const single = (found?: string): Identity => ({ kind: 'manifest', digest: amd64, ...(found === undefined ? {} : { config: found }) });
  t.like(identified(imported, { registry: { '1': single(config) } }), { digest: amd64, problem: '' });
  t.deepEqual(identified(imported, { registry: { '1': single(digestOf('other')) } }), {
    digest: '',
    problem: `the runtime names api:1 by its configuration ${config} alone; its tag now stands for another image`,
  });
  t.deepEqual(identified(imported, { registry: { '1': single() } }), {
    digest: '',
    problem: `the runtime names api:1 by its configuration ${config} alone; it cannot be told whether its tag still stands for it`,
  });
  t.deepEqual(identified(imported, { registry: { '1': listing, [amd64]: single(config) } }), asChild);
  t.like(identified(imported, { registry: { '1': listing, [amd64]: single(digestOf('other')) } }), { digest: '' });
  t.like(identified(imported, { registry: { '1': listing, [amd64]: unknown } }), { digest: '' });
  t.like(identified(imported, { registry: { '1': listing, [amd64]: asking } }), { digest: '', identity: { kind: 'asking' } });
  t.deepEqual(whole(imported, { registry: { '1': listing } }).needs, {
    digests: [amd64],
    questions: [
      { ...place, reference: '1', since: now },
      { ...place, reference: amd64 },
    ],
  });
});

test('without a registry everything is as the runtime says', (t) => {
  const source = { ref: 'api:1', known: undefined, platform: undefined, whyNoPlatform: '', since: now };
  t.deepEqual(identifyImage(reported, source), { ...asReported, needs: { digests: [index], questions: [] } });
  t.deepEqual(identifyImage(waiting, source), { digest: '', problem: 'was not pulled yet', needs: { digests: [], questions: [] } });
});

test('a platform is written with its variant where it has one', (t) => {
  t.is(platformText(amd64Platform), 'linux/amd64');
  t.is(platformText({ os: 'linux', architecture: 'arm', variant: 'v7' }), 'linux/arm/v7');
});

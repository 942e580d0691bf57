// Image references and what container statuses say of them.
import test from 'ava';
import { type ContainerDigest, containerDigest, isAskable, isDigest, parseImageReference } from '../../src/facts/image.ts';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;

/** Reference, registry, repository, tag, digest. */
const references: readonly (readonly [string, string, string, string, string])[] = [
  ['nginx', 'docker.io', 'library/nginx', 'latest', ''],
  ['nginx:1.29', 'docker.io', 'library/nginx', '1.29', ''],
  ['bitnami/redis:8', 'docker.io', 'bitnami/redis', '8', ''],
  ['docker.io/nginx', 'docker.io', 'library/nginx', 'latest', ''],
  ['docker.io/bitnami/redis', 'docker.io', 'bitnami/redis', 'latest', ''],
  ['index.docker.io/library/nginx:1', 'docker.io', 'library/nginx', '1', ''],
  ['localhost/api', 'localhost', 'api', 'latest', ''],
  ['localhost:5000/api', 'localhost:5000', 'api', 'latest', ''],
  ['registry:5000/shop/api:1.4', 'registry:5000', 'shop/api', '1.4', ''],
  ['[fd00::1]:5000/shop/api', '[fd00::1]:5000', 'shop/api', 'latest', ''],
  ['Registry/api:1', 'Registry', 'api', '1', ''],
  ['registry.example.com/shop/api:1.4', 'registry.example.com', 'shop/api', '1.4', ''],
  ['registry.example.com/a/b/c/api', 'registry.example.com', 'a/b/c/api', 'latest', ''],
  [`registry.example.com/shop/api@${a}`, 'registry.example.com', 'shop/api', '', a],
  [`registry.example.com:443/shop/api:1.4@${a}`, 'registry.example.com:443', 'shop/api', '1.4', a],
  [`nginx@${a}`, 'docker.io', 'library/nginx', '', a],
  [`nginx@sha256:${'A'.repeat(64)}`, 'docker.io', 'library/nginx', '', a],
  [`nginx@sha512:${'a'.repeat(128)}`, 'docker.io', 'library/nginx', '', ''],
  ['nginx@sha256:abc', 'docker.io', 'library/nginx', '', ''],
];

for (const [ref, registry, repository, tag, digest] of references) {
  test(`the reference ${ref.slice(0, 60)} is taken apart`, (t) => {
    t.deepEqual(parseImageReference(ref), { registry, repository, tag, digest });
  });
}

const shop = { registry: 'docker.io', repository: 'shop/api' };
const found = (digest: string, place = shop) => ({ digest, place });
const tagged = (config: string, given: object = {}) => ({ ...shop, tag: '1', config, ...given });
const notPulled = { problem: 'shop/api:1 was not pulled yet, so its digest is not known', tagged: tagged('') };
const byConfig = (reported: string, config: string, given: object = {}) => ({
  problem: `the runtime names shop/api:1 by ${reported}, which is the digest of its configuration`,
  tagged: tagged(config, given),
});
const noManifest = (reported: string) => ({
  problem: `the runtime names shop/api:1 by ${reported}, which is not the digest of a manifest`,
});

interface StatusCase {
  readonly image: string;
  readonly imageID: string;
  readonly statusImage?: string;
  readonly expected: ContainerDigest;
}

const statuses: Readonly<Record<string, StatusCase>> = {
  containerd: { image: 'shop/api:1', imageID: `docker.io/shop/api@${a}`, expected: found(a) },
  'containerd, of a registry with a port': {
    image: 'r:5000/api:1',
    imageID: `r:5000/api@${a}`,
    expected: found(a, { registry: 'r:5000', repository: 'api' }),
  },
  'containerd, of a name without a registry or a folder': {
    image: 'nginx',
    imageID: `docker.io/library/nginx@${a}`,
    expected: found(a, { registry: 'docker.io', repository: 'library/nginx' }),
  },
  'containerd, imported on the node': { image: 'shop/api:1', imageID: a, expected: byConfig(a, a) },
  'containerd, imported on the node, and named by its configuration everywhere': {
    image: 'shop/api:1',
    imageID: a,
    statusImage: a,
    expected: byConfig(a, a),
  },
  'containerd, imported on the node, of a pinned reference': { image: `shop/api@${b}`, imageID: a, expected: found(b) },
  'CRI-O, with another repository of the same image first': {
    image: 'shop/api:1',
    imageID: `mirror.example.com/all/api@${a}`,
    expected: found(a, { registry: 'mirror.example.com', repository: 'all/api' }),
  },
  'CRI-O, of a short name': {
    image: 'shop/api:1',
    imageID: `quay.io/shop/api@${a}`,
    statusImage: 'quay.io/shop/api:1',
    expected: found(a, { registry: 'quay.io', repository: 'shop/api' }),
  },
  'CRI-O, a bad release': { image: 'shop/api:1', imageID: 'a'.repeat(64), expected: byConfig('a'.repeat(64), a) },
  'CRI-O, a bad release and a short name': {
    image: 'shop/api:1',
    imageID: 'a'.repeat(64),
    statusImage: 'quay.io/shop/api:1',
    expected: byConfig('a'.repeat(64), a, { registry: 'quay.io' }),
  },
  'CRI-O, a bad release that tells the digest elsewhere': {
    image: 'shop/api:1',
    imageID: 'a'.repeat(64),
    statusImage: `quay.io/shop/api@${b}`,
    expected: found(b, { registry: 'quay.io', repository: 'shop/api' }),
  },
  'CRI-O, a bad release, of a reference with tag and digest': { image: `shop/api:1@${b}`, imageID: 'a'.repeat(64), expected: found(b) },
  'the Docker shim': { image: 'shop/api:1', imageID: `docker-pullable://shop/api@${a}`, expected: found(a) },
  'the Docker shim, built on the node': { image: 'shop/api:1', imageID: `docker://${a}`, expected: byConfig(a, a) },
  'capital letters in a digest': { image: 'shop/api:1', imageID: `docker.io/shop/api@sha256:${'A'.repeat(64)}`, expected: found(a) },
  'another digest than the reference pins': { image: `shop/api@${b}`, imageID: `docker.io/shop/api@${a}`, expected: found(a) },
  'another digest than reference and status name': {
    image: `shop/api:1@${b}`,
    imageID: `docker.io/shop/api@${a}`,
    statusImage: `docker.io/shop/api@${b}`,
    expected: found(a),
  },
  'nothing yet, of a pinned reference': { image: `shop/api@${b}`, imageID: '', expected: found(b) },
  'nothing yet, of a reference with tag and digest': { image: `shop/api:1@${b}`, imageID: '', expected: found(b) },
  'nothing yet': { image: 'shop/api:1', imageID: '', expected: notPulled },
  'nothing yet, of a name alone': {
    image: 'nginx',
    imageID: '',
    expected: {
      problem: 'nginx was not pulled yet, so its digest is not known',
      tagged: { registry: 'docker.io', repository: 'library/nginx', tag: 'latest', config: '' },
    },
  },
  'nothing yet, of a reference whose digest is of another kind': {
    image: `shop/api@sha512:${'a'.repeat(128)}`,
    imageID: '',
    expected: { problem: `shop/api@sha512:${'a'.repeat(128)} was not pulled yet, so its digest is not known` },
  },
  'a name without a digest': { image: 'shop/api:1', imageID: 'docker.io/shop/api:1', expected: noManifest('docker.io/shop/api:1') },
  'a digest that is cut off': { image: 'shop/api:1', imageID: 'shop/api@sha256:aa', expected: noManifest('shop/api@sha256:aa') },
  'a digest and no name': { image: 'shop/api:1', imageID: `@${a}`, expected: noManifest(`@${a}`) },
};

for (const [what, { expected, ...container }] of Object.entries(statuses)) {
  test(`a status is read: ${what}`, (t) => {
    t.deepEqual(containerDigest(container), expected);
  });
}

/** Names that would make another request than one about a manifest. */
const unaskable = [
  '../../v2/x:1',
  'reg.io/a?b=c:1',
  'reg.io/a b:1',
  'reg.io/../x:1',
  'user@reg.io/x:1',
  'reg.io/%2e%2e/x:1',
  'reg.io/a#b:1',
];

for (const image of [...unaskable, '', ':', '@', 'reg.io/', 'reg.io/UPPER:1', 'reg.io/x:ä', `reg.io/${'a/'.repeat(200)}a:1`]) {
  test(`nobody is asked what ${JSON.stringify(image.slice(0, 30))} stands for`, (t) => {
    t.false('tagged' in containerDigest({ image, imageID: '' }));
  });
}

const words = [
  'nginx',
  'shop/api',
  'docker.io/library/nginx',
  'reg.io:5000/a/b',
  'localhost/x',
  '[::1]:5000/x',
  '',
  'UPPER/x',
  '../x',
  ':',
  '@',
];
const tags = ['', ':1', ':latest', ':', '::', ':a/b', `:${'t'.repeat(200)}`];
const digests = ['', `@${a}`, `@${b.toUpperCase()}`, '@sha256:12', '@', `@sha512:${'a'.repeat(128)}`, `@${a}@${b}`];
const ids = [
  '',
  a,
  'a'.repeat(64),
  'a'.repeat(63),
  `docker://${a}`,
  `docker-pullable://x@${a}`,
  `reg.io/x@${b}`,
  'reg.io/x:1',
  '@',
  '\u0000',
];

test('whatever stands in a pod, a digest is one, a place that is asked is one, and there is a problem otherwise', (t) => {
  const images = words.flatMap((name) => tags.flatMap((tag) => digests.map((digest) => `${name}${tag}${digest}`)));
  for (const image of images) {
    for (const imageID of ids) {
      for (const statusImage of ['', a, 'reg.io/y:2', `reg.io/y@${a}`]) {
        const found = containerDigest({ image, imageID, statusImage });
        const what = JSON.stringify({ image, imageID, statusImage });
        if ('digest' in found) {
          t.true(isDigest(found.digest), what);
          // Nothing that a runtime reports with its repository is overruled.
          if (imageID.includes('@sha')) t.is(found.digest, imageID.slice(imageID.lastIndexOf('@') + 1), what);
        } else {
          t.not(found.problem, '', what);
          if (found.tagged === undefined) continue;
          t.true(isAskable(found.tagged), what);
          t.regex(`${found.tagged.registry}/${found.tagged.repository}:${found.tagged.tag}`, /^[\w.:[\]/-]+$/, what);
          t.false(`/${found.tagged.repository}/`.includes('/../'), what);
          // What is known by nothing but its configuration is never the image of a tag alone.
          t.is(found.tagged.config === '', imageID === '', what);
        }
      }
    }
  }
});

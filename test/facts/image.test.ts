// Image references and what container statuses say of them.
import test from 'ava';
import { containerDigest, parseImageReference } from '../../src/facts/image.ts';

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

const notPulled = { problem: 'shop/api:1 was not pulled yet, so its digest is not known' };

/** What it is, reference, imageID, digest or problem. */
const statuses: readonly (readonly [string, string, string, { digest: string } | { problem: string }])[] = [
  ['containerd', 'shop/api:1', `docker.io/shop/api@${a}`, { digest: a }],
  ['the Docker shim', 'shop/api:1', `docker-pullable://shop/api@${a}`, { digest: a }],
  ['a registry with a port', 'r:5000/api:1', `r:5000/api@${a}`, { digest: a }],
  ['another digest than the reference pins', `shop/api@${b}`, `docker.io/shop/api@${a}`, { digest: a }],
  ['nothing yet, of a pinned reference', `shop/api@${b}`, '', { digest: b }],
  ['nothing yet', 'shop/api:1', '', notPulled],
  ['a config digest, of a pinned reference', `shop/api@${b}`, a, { digest: b }],
  ['a bare config digest', 'shop/api:1', a, { problem: `the runtime names shop/api:1 by ${a}, which is not the digest of a manifest` }],
  [
    'a config digest of Docker',
    'shop/api:1',
    `docker://${a}`,
    { problem: `the runtime names shop/api:1 by ${a}, which is not the digest of a manifest` },
  ],
  [
    'a name without a digest',
    'shop/api:1',
    'docker.io/shop/api:1',
    { problem: 'the runtime names shop/api:1 by docker.io/shop/api:1, which is not the digest of a manifest' },
  ],
  [
    'a digest that is cut off',
    'shop/api:1',
    'shop/api@sha256:aa',
    { problem: 'the runtime names shop/api:1 by shop/api@sha256:aa, which is not the digest of a manifest' },
  ],
  [
    'a digest and no name',
    'shop/api:1',
    `@${a}`,
    { problem: `the runtime names shop/api:1 by @${a}, which is not the digest of a manifest` },
  ],
];

for (const [what, image, imageID, expected] of statuses) {
  test(`a status is read that has ${what}`, (t) => {
    t.deepEqual(containerDigest({ image, imageID }), expected);
  });
}

import test from 'ava';
import { credentialsFor, type DockerConfig, parseDockerConfig } from '../../src/registry/docker-config.ts';

function config(content: object): DockerConfig {
  const parsed = parseDockerConfig(JSON.stringify(content));
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

/** A config whose entries have the key as their user. */
const withKeys = (...keys: readonly string[]): DockerConfig =>
  config({ auths: Object.fromEntries(keys.map((key) => [key, { username: key.replaceAll(':', ';'), password: 'p' }])) });

const rows: readonly { readonly keys: readonly string[]; readonly image: string; readonly entry: string | undefined }[] = [
  { keys: ['https://index.docker.io/v1/'], image: 'docker.io library/nginx', entry: 'https://index.docker.io/v1/' },
  { keys: ['index.docker.io'], image: 'docker.io library/nginx', entry: 'index.docker.io' },
  { keys: ['docker.io'], image: 'docker.io library/nginx', entry: 'docker.io' },
  { keys: ['registry-1.docker.io'], image: 'docker.io library/nginx', entry: 'registry-1.docker.io' },
  { keys: ['https://index.docker.io/v1/'], image: 'example.com library/nginx', entry: undefined },
  { keys: ['example.com'], image: 'example.com a', entry: 'example.com' },
  { keys: ['EXAMPLE.com'], image: 'example.COM a', entry: 'EXAMPLE.com' },
  { keys: ['https://example.com'], image: 'example.com a', entry: 'https://example.com' },
  { keys: ['http://example.com/v2/'], image: 'example.com a', entry: 'http://example.com/v2/' },
  { keys: ['example.com:5000'], image: 'example.com:5000 a', entry: 'example.com:5000' },
  { keys: ['example.com'], image: 'example.com:5000 a', entry: undefined },
  { keys: ['example.com:5000'], image: 'example.com a', entry: undefined },
  { keys: ['[::1]:5000'], image: '[::1]:5000 a', entry: '[::1]:5000' },
  // The longest path that begins the repository's name.
  { keys: ['example.com', 'example.com/shop', 'example.com/shop/api'], image: 'example.com shop/api', entry: 'example.com/shop/api' },
  { keys: ['example.com/shop/api', 'example.com', 'example.com/shop'], image: 'example.com shop/web', entry: 'example.com/shop' },
  { keys: ['example.com', 'example.com/shop'], image: 'example.com other', entry: 'example.com' },
  { keys: ['example.com/shop'], image: 'example.com shopping', entry: undefined },
  { keys: ['example.com/shop/'], image: 'example.com shop/api', entry: 'example.com/shop/' },
  { keys: ['https://example.com/v1/shop'], image: 'example.com shop/api', entry: 'https://example.com/v1/shop' },
  { keys: ['example.com/v10'], image: 'example.com v10/api', entry: 'example.com/v10' },
  // Patterns stand for one part of the name.
  { keys: ['*.example.com'], image: 'eu.example.com a', entry: '*.example.com' },
  { keys: ['*.example.com'], image: 'example.com a', entry: undefined },
  { keys: ['*.example.com'], image: 'a.eu.example.com a', entry: undefined },
  { keys: ['*.example.com'], image: 'eu.example.com:5000 a', entry: undefined },
  { keys: ['*.example.com:5000'], image: 'eu.example.com:5000 a', entry: '*.example.com:5000' },
  { keys: ['reg-*.example.com'], image: 'reg-eu.example.com a', entry: 'reg-*.example.com' },
  { keys: ['*.dkr.ecr.*.amazonaws.com'], image: '1.dkr.ecr.eu-west-1.amazonaws.com a', entry: '*.dkr.ecr.*.amazonaws.com' },
  { keys: ['*.example.com', 'eu.example.com'], image: 'eu.example.com a', entry: 'eu.example.com' },
  { keys: ['*.example.com/shop', 'eu.example.com'], image: 'eu.example.com shop/a', entry: 'eu.example.com' },
  { keys: ['*'], image: 'example.com a', entry: undefined },
  { keys: [], image: 'example.com a', entry: undefined },
];

for (const { keys, image, entry } of rows) {
  test(`of [${keys.join(', ')}] ${entry ?? 'none'} is for ${image}`, (t) => {
    const [registry = '', repository = ''] = image.split(' ');
    const expected = entry && { kind: 'password', user: entry.replaceAll(':', ';'), password: 'p' };
    t.deepEqual(credentialsFor(withKeys(...keys), { registry, repository }), expected as undefined);
  });
}

const only = (entry: unknown) => config({ auths: { 'example.com': entry } });
const found = (entry: unknown) => credentialsFor(only(entry), { registry: 'example.com', repository: 'a' });

test('user and password are in auth, in base64, or beside it', (t) => {
  t.deepEqual(found({ auth: 'YW5uOmE6Yg==' }), { kind: 'password', user: 'ann', password: 'a:b' });
  t.deepEqual(found({ auth: 'YW5uOmE6Yg' }), { kind: 'password', user: 'ann', password: 'a:b' });
  t.deepEqual(found({ username: 'ann', password: 'a:b', email: 'x' }), { kind: 'password', user: 'ann', password: 'a:b' });
  t.deepEqual(found({ auth: 'YW5uOmE6Yg==', username: 'other', password: 'other' }), { kind: 'password', user: 'ann', password: 'a:b' });
});

test('an identity token wins over the user that docker writes with it', (t) => {
  t.deepEqual(found({ auth: 'MDAwOg==', identitytoken: 'abc' }), { kind: 'identityToken', token: 'abc' });
});

test('an empty entry, as a credential helper leaves it, is none', (t) => {
  t.is(found({}), undefined);
  t.deepEqual(only({}).warnings, []);
});

test('entries that cannot be used are named, without what they hold', (t) => {
  t.deepEqual(only({ auth: 'c2VjcmV0' }).warnings, [
    'the entry of auths for "example.com" cannot be used: its auth is not user:password in base64',
  ]);
  t.deepEqual(only({ password: 'secret' }).warnings, [
    'the entry of auths for "example.com" cannot be used: it has a password and no username',
  ]);
  t.deepEqual(only('secret').warnings, ['the entry of auths for "example.com" cannot be used: it is not an object']);
  t.deepEqual(config({ auths: { 'https://me:secret@example.com': { auth: 'YTpi' } } }).warnings, [
    'the entry of auths for "https://…@example.com" cannot be used: its name is not that of a registry',
  ]);
});

test('credential helpers are named in one warning', (t) => {
  t.deepEqual(config({ credsStore: 'desktop', credHelpers: { 'gcr.io': 'gcloud', 'eu.gcr.io': 'gcloud' } }).warnings, [
    'credential helpers are not run: credsStore "desktop" and credHelpers for "gcr.io", "eu.gcr.io"; put the credentials into auths',
  ]);
});

test('what is no config is said without repeating it', (t) => {
  t.deepEqual(parseDockerConfig('secret'), { problem: 'it is not JSON' });
  t.deepEqual(parseDockerConfig('[]'), { problem: 'it is not an object' });
  t.deepEqual(parseDockerConfig('{"auths":[]}'), { problem: 'its auths are not an object' });
  t.deepEqual(parseDockerConfig('{}'), { problem: 'it has no auths' });
  t.deepEqual(parseDockerConfig('{"auths":{}}'), { entries: [], warnings: [] });
});

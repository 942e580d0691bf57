import test from 'ava';
import { type HostRules, placeOf, urlProblem } from '../../src/registry/host-rules.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const everywhere: HostRules = { allowedHosts: ['*'], plainHttpHosts: ['plain.example:5000', 'eighty.example:80', '127.0.0.1:5000'] };

const place = (registry: string, { repository = 'shop/api', reference = 'v1', rules = everywhere } = {}) =>
  placeOf({ registry, repository }, reference, rules);

const origins: readonly (readonly [registry: string, origin: string])[] = [
  ['registry.example.com', 'https://registry.example.com'],
  ['Registry.Example.com', 'https://registry.example.com'],
  ['registry.example.com:5000', 'https://registry.example.com:5000'],
  ['registry.example.com:443', 'https://registry.example.com'],
  ['docker.io', 'https://registry-1.docker.io'],
  ['index.docker.io', 'https://registry-1.docker.io'],
  ['plain.example:5000', 'http://plain.example:5000'],
  ['plain.example', 'https://plain.example'],
  ['eighty.example', 'http://eighty.example'],
  ['eighty.example:80', 'http://eighty.example'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['[2001:db8::1]:5000', 'https://[2001:db8::1]:5000'],
  ['10.0.0.1', 'https://10.0.0.1'],
];

for (const [registry, origin] of origins) {
  test(`${registry} is asked at ${origin}`, (t) => {
    const found = place(registry);
    t.is('problem' in found ? found.problem : found.origin, origin);
  });
}

const notAsked: readonly string[] = [
  '',
  'user@registry.example.com',
  'user:pw@registry.example.com',
  'registry.example.com/path',
  'registry.example.com#',
  'registry.example.com?x=',
  'registry.example.com\\@evil.example',
  'registry example.com',
  'registry.example.com\n',
  'registry..example.com',
  '.example.com',
  '-registry.example.com',
  'registry.example.com:',
  'registry.example.com:5000:6000',
  'registry.example.com:99999',
  'registry%2eexample.com',
  'régistry.example.com',
  '[fe80::1]',
  '[fe80::1%25eth0]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[fd00:ec2::254]',
  '169.254.169.254',
  '2852039166',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '100.100.100.200',
  '127.0.0.1',
  '127.0.0.1:6000'.replace('127.0.0.1', '127.0.0.2'),
  '127.1',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.2]',
  `${'a'.repeat(64)}.example.com`,
  `${'a.'.repeat(130)}com`,
];

for (const registry of notAsked) {
  test(`nothing is asked at ${JSON.stringify(registry.slice(0, 40))}`, (t) => {
    t.true('problem' in place(registry, { rules: { allowedHosts: ['*'], plainHttpHosts: [] } }));
  });
}

for (const repository of [
  '',
  '/',
  'a//b',
  '../a',
  'a/../b',
  'a/..',
  'A',
  'a b',
  'a%2fb',
  'a?b',
  'a#b',
  'a@b',
  'a:b',
  '.a',
  'a.',
  'a\u0000',
  'a___b',
  'a'.repeat(256),
]) {
  test(`nothing is asked for the repository ${JSON.stringify(repository.slice(0, 20))}`, (t) => {
    t.deepEqual(place('example.com', { repository }), { problem: 'the name of the repository is not as registries have them' });
  });
}

for (const repository of ['a', 'a/b/c', 'a.b', 'a_b', 'a__b', 'a--b', '0/1', 'library/nginx']) {
  test(`${repository} is the name of a repository`, (t) => {
    t.false('problem' in place('example.com', { repository }));
  });
}

const badReferences = [
  '',
  '.',
  '..',
  '-a',
  'a/b',
  'a b',
  'a'.repeat(129),
  'a%2f',
  'sha256:abc',
  digest.toUpperCase(),
  `sha512:${'a'.repeat(128)}`,
  `${digest}\n`,
];
for (const reference of badReferences) {
  test(`nothing is asked for the reference ${JSON.stringify(reference.slice(0, 20))}`, (t) => {
    t.deepEqual(place('example.com', { reference }), { problem: 'the reference is neither a tag nor a sha256 digest' });
  });
}

test('tags and digests are references', (t) => {
  for (const reference of [digest, 'latest', '1.4', '_x', 'V1.0-rc.1']) t.false('problem' in place('example.com', { reference }));
});

test('a long hostile name is refused in no time', (t) => {
  const startedAt = performance.now();
  t.true('problem' in place('a-'.repeat(100_000)));
  t.true('problem' in place('example.com', { repository: `${'a-'.repeat(127)}!` }));
  t.true(performance.now() - startedAt < 200);
});

const onlyOurs: HostRules = { allowedHosts: ['*.example.com', 'docker.io', 'other.example:5000'], plainHttpHosts: [] };

test('with a list of registries, those that match it are asked, with their port', (t) => {
  t.false('problem' in place('eu.example.com', { rules: onlyOurs }));
  t.false('problem' in place('other.example:5000', { rules: onlyOurs }));
  t.deepEqual(place('example.com', { rules: onlyOurs }), { problem: 'example.com is not among the registries to ask (--registry-hosts)' });
  t.true('problem' in place('eu.example.com:22', { rules: onlyOurs }));
  t.true('problem' in place('eu.example.com.evil.example', { rules: onlyOurs }));
  t.true('problem' in place('other.example', { rules: onlyOurs }));
});

test('docker.io stands for its registry and its token server', (t) => {
  t.false('problem' in place('docker.io', { rules: onlyOurs }));
  t.is(urlProblem(new URL('https://auth.docker.io/token'), onlyOurs), undefined);
  t.is(
    urlProblem(new URL('https://evil.docker.io/token'), onlyOurs),
    'evil.docker.io is not among the registries to ask (--registry-hosts)',
  );
});

test('an address of this machine is asked where it is named, and not where a pattern matches it', (t) => {
  const named: HostRules = { allowedHosts: ['127.0.0.1:8443'], plainHttpHosts: [] };
  t.false('problem' in place('127.0.0.1:8443', { rules: named }));
  t.deepEqual(place('127.0.0.1:8443', { rules: { allowedHosts: ['127.*'], plainHttpHosts: [] } }), {
    problem: '127.0.0.1:8443 is an address of this machine',
  });
});

test('a metadata address is not asked even where it is named', (t) => {
  const rules: HostRules = { allowedHosts: ['169.254.169.254'], plainHttpHosts: ['169.254.169.254'] };
  t.deepEqual(place('169.254.169.254', { rules }), { problem: '169.254.169.254 is a link-local or metadata address' });
});

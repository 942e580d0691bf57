import test from 'ava';
import { parseChallenges } from '../../src/registry/challenge.ts';

const read = (...headers: readonly string[]) =>
  parseChallenges(headers).map(({ scheme, parameters }) => ({ scheme, ...Object.fromEntries(parameters) }));

test('the challenge of a token server', (t) => {
  t.deepEqual(read('Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"'), [
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:library/nginx:pull',
    },
  ]);
});

test('several challenges in one header and in several', (t) => {
  const expected = [
    { scheme: 'basic', realm: 'one, two' },
    { scheme: 'bearer', realm: 'https://t.example', service: 's' },
  ];
  t.deepEqual(read('Basic realm="one, two", Bearer realm="https://t.example", service=s'), expected);
  t.deepEqual(read('Basic realm="one, two"', 'Bearer realm="https://t.example", service=s'), expected);
});

test('names in any case, spaces, escaped quotes', (t) => {
  t.deepEqual(read('BEARER Realm = "a\\"b" , SERVICE= "x"'), [{ scheme: 'bearer', realm: 'a"b', service: 'x' }]);
});

test('a scheme without parameters', (t) => {
  t.deepEqual(read('Negotiate, Basic'), [{ scheme: 'negotiate' }, { scheme: 'basic' }]);
});

test('of a parameter given twice the first counts', (t) => {
  t.deepEqual(read('Bearer realm="https://one.example",realm="https://two.example"'), [{ scheme: 'bearer', realm: 'https://one.example' }]);
});

test('what does not parse ends the header', (t) => {
  t.deepEqual(read('Bearer realm="https://one.example'), [{ scheme: 'bearer' }]);
  t.deepEqual(read('realm="x"'), []);
  t.deepEqual(read('', '""', ',,,'), []);
});

test('a long hostile header is read in no time', (t) => {
  const startedAt = performance.now();
  read(`Bearer ${'a="\\'.repeat(4_000)}`);
  read(`Bearer ${' ,'.repeat(8_000)}=`);
  t.true(performance.now() - startedAt < 500);
});

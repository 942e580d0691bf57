import type { LookupAddress } from 'node:dns';
import test from 'ava';
import { guardedLookup, refusedAddress } from '../../src/registry/addresses.ts';

const refused = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '::169.254.169.254',
];
const own = ['127.0.0.1', '127.8.8.8', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1'];
const open = ['10.0.0.1', '192.168.1.1', '169.253.0.1', '8.8.8.8', '2001:db8::1', 'fec0::1', 'fd00::1', '::ffff:10.0.0.1'];

for (const address of refused) {
  test(`${address} is refused always`, (t) => {
    t.is(refusedAddress(address, false), 'a link-local or metadata address');
    t.is(refusedAddress(address, true), 'a link-local or metadata address');
  });
}

for (const address of own) {
  test(`${address} is refused unless it is meant`, (t) => {
    t.is(refusedAddress(address, false), 'an address of this machine');
    t.is(refusedAddress(address, true), undefined);
  });
}

for (const address of open) {
  test(`${address} is not refused`, (t) => {
    t.is(refusedAddress(address, false), undefined);
  });
}

function lookUp(name: string, names: readonly string[]): Promise<string | LookupAddress[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string | LookupAddress[]>();
  guardedLookup(new Set(names))(name, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  return promise;
}

test('a name that stands for this machine is looked up only where it is meant', async (t) => {
  await t.throwsAsync(lookUp('localhost', []), { message: 'the name stands for an address of this machine' });
  t.true((await lookUp('localhost', ['localhost'])).length > 0);
});

test('more names than two are looked up one after the other', async (t) => {
  const lookup = guardedLookup(new Set(['localhost']));
  const all = Array.from({ length: 20 }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    lookup('localhost', {}, (error, found) => (error === null ? resolve(found) : reject(error)));
    return promise;
  });
  t.is((await Promise.all(all)).length, 20);
});

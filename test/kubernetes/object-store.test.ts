// The differences that events and lists make to what a reflector knows.
import test from 'ava';
import { createObjectStore, rawIdentity, type Seen } from '../../src/kubernetes/object-store.ts';

const seen = (key: string, version: string): Seen<string> => ({
  key,
  uid: `uid-${key}`,
  resourceVersion: version,
  object: `${key}@${version}`,
});

test('an object is identified by namespace, name and uid', (t) => {
  t.deepEqual(rawIdentity({ metadata: { namespace: 'shop', name: 'api', uid: 'u1', resourceVersion: '7' } }), {
    key: 'shop/api',
    uid: 'u1',
    resourceVersion: '7',
  });
  t.is(rawIdentity({ metadata: { name: 'api' } }), undefined);
  t.is(rawIdentity({}), undefined);
});

test('a new object comes without, a modified one with its previous state', (t) => {
  const store = createObjectStore<string>();
  t.deepEqual(store.upsert(seen('a', '1')), [{ kind: 'upsert', object: 'a@1', previous: undefined }]);
  t.deepEqual(store.upsert(seen('a', '2')), [{ kind: 'upsert', object: 'a@2', previous: 'a@1' }]);
});

test('another uid under the same name is a deletion and a new object', (t) => {
  const store = createObjectStore<string>();
  store.upsert(seen('a', '1'));
  t.deepEqual(store.upsert({ ...seen('a', '5'), uid: 'other' }), [
    { kind: 'delete', object: 'a@1' },
    { kind: 'upsert', object: 'a@5', previous: undefined },
  ]);
});

test('a list deletes what it does not have, passes over what has not changed, and brings the rest', (t) => {
  const store = createObjectStore<string>();
  store.replace([seen('a', '1'), seen('b', '2'), seen('c', '3')]);
  t.deepEqual(store.replace([seen('b', '2'), seen('c', '4'), seen('d', '5')]), [
    { kind: 'delete', object: 'a@1' },
    { kind: 'upsert', object: 'c@4', previous: 'c@3' },
    { kind: 'upsert', object: 'd@5', previous: undefined },
  ]);
  t.is(store.size(), 3);
});

test('an object that cannot be projected keeps the state that was known', (t) => {
  const store = createObjectStore<string>();
  store.upsert(seen('a', '1'));
  t.deepEqual(store.replace([{ ...seen('a', '2'), object: undefined }]), []);
  t.deepEqual(store.upsert(seen('a', '3')), [{ kind: 'upsert', object: 'a@3', previous: 'a@1' }]);
});

test('an object of another uid that cannot be projected still ends the earlier one', (t) => {
  const store = createObjectStore<string>();
  store.upsert(seen('a', '1'));
  t.deepEqual(store.upsert({ ...seen('a', '2'), uid: 'other', object: undefined }), [{ kind: 'delete', object: 'a@1' }]);
});

test('the deletion of an unknown object changes nothing', (t) => {
  t.deepEqual(createObjectStore<string>().remove('a'), []);
});

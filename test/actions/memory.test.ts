// What is read back from an object that was scaled to zero, whoever wrote it there.
import test from 'ava';
import { actionAnnotation, readMemory, scaledDownLabel } from '../../src/actions/memory.ts';

const record = {
  ...{ id: 'a1', uid: 'uid-1', policies: { production: 3 }, rules: ['production/no-high'], digests: [] },
  ...{ templateSha256: 't1', time: '2026-11-23T10:00:00.000Z', reasserted: 0 },
};

function read(changes: object) {
  const annotations = { [actionAnnotation]: JSON.stringify({ ...record, ...changes }) };
  return readMemory({ uid: 'uid-1', labels: { [scaledDownLabel]: '2' }, annotations });
}

test('a record is read, with names in any script', (t) => {
  t.false(read({}).isVoid);
  t.deepEqual(read({ rules: ['prüfung/kein-höchst'] }).memory?.record?.rules, ['prüfung/kein-höchst']);
});

test('a record with control characters in the name of a rule or policy is void, and the count is kept', (t) => {
  const nothing = { memory: { replicas: 2 }, isVoid: true };
  t.deepEqual(read({ rules: ['production/\u001b[31mno-high'] }), nothing);
  t.deepEqual(read({ rules: ['production/no-high\nall is well'] }), nothing);
  t.deepEqual(read({ rules: ['production/\u202eno-high'] }), nothing);
  t.deepEqual(read({ policies: { 'production\r': 3 } }), nothing);
});

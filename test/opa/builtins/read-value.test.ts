// Arguments of builtins keep what JavaScript's numbers and JSON would lose, and answers are written so that a module reads them.
import test from 'ava';
import { readValue } from '../../../src/opa/builtins/read-value.ts';
import { KeyedObject, NumberText, RegoSet } from '../../../src/opa/builtins/rego-value.ts';
import { regoText } from '../../../src/opa/builtins/value-order.ts';
import { writeValue } from '../../../src/opa/builtins/write-value.ts';

test('plain JSON is what JSON.parse makes of it', (t) => {
  t.deepEqual(readValue('{"a": [1, -2.5, true, null, "x\\n"], "b": {}}'), { a: [1, -2.5, true, null, 'x\n'], b: {} });
  t.deepEqual(Object.keys(readValue('{"__proto__": 1.0}') as object), ['__proto__']);
});

test('whole numbers beyond 2^53 are bigint, and other numbers keep their text', (t) => {
  t.is(readValue('9007199254740993'), 9007199254740993n);
  t.is(readValue('9007199254740991'), 9007199254740991);
  t.deepEqual(readValue('[100.0, 1e400, 0.5, -0, 1e2]'), [
    new NumberText('100.0'),
    new NumberText('1e400'),
    0.5,
    new NumberText('-0'),
    new NumberText('1e2'),
  ]);
});

test('digits in texts stay texts', (t) => {
  t.deepEqual(readValue('["1.0 12345678901234567890", 12345678901234567890]'), ['1.0 12345678901234567890', 12345678901234567890n]);
});

test('sets, and keys that are no strings, are told from arrays and objects', (t) => {
  t.deepEqual(
    readValue('{1, "a, }", set(), {[]: {"b": 2.0}}}'),
    new RegoSet([1, 'a, }', new RegoSet([]), new KeyedObject([[[], { b: new NumberText('2.0') }]])]),
  );
  t.deepEqual(readValue('[{"a": {1}}]'), [{ a: new RegoSet([1]) }]);
});

test('what is neither JSON nor Rego is refused', (t) => {
  for (const text of ['', '{1', '[1,]', '{1 2}', '1 2', 'x', '{"a": }', '"a'])
    t.throws(() => readValue(text), { message: /neither JSON nor Rego/ }, text);
});

test('values are printed in the order of OPA', (t) => {
  t.is(
    regoText(readValue('{"b", 10, 9.0, {"a": 1}, [1], null, true, "a", {2}, "\uffff", "😀", -1}')),
    '{null, true, -1, 9.0, 10, "a", "b", "\\uffff", "😀", [1], {"a": 1}, {2}}',
  );
});

test('answers are JSON with numbers as they are, and without halves of characters', (t) => {
  t.is(
    writeValue([12345678901234567890n, new NumberText('1.0'), 'a\ud800', { b: null }]),
    '[12345678901234567890,1.0,"a\ufffd",{"b":null}]',
  );
});

test('an answer that is too large is not written', (t) => {
  t.throws(() => writeValue('a'.repeat(5_000_000)), { message: /would not fit into memory/ });
});

// How values of JSON are compared with those that OPA wants.
import test from 'ava';
import { canonical, parseExact } from './exact-value.ts';

const same = (left: string, right: string, anyOrder: 'in any order' | 'in order' = 'in order'): boolean => {
  const options = { anyOrder: anyOrder === 'in any order' };
  return canonical(parseExact(left), options) === canonical(parseExact(right), options);
};

test('numbers are equal however they are written', (t) => {
  t.true(same('1', '1.0'));
  t.true(same('1e3', '1000'));
  t.true(same('-0', '0.00'));
  t.true(same('0.10', '1e-1'));
  t.false(same('1', '-1'));
  t.false(same('10', '100'));
});

test('whole numbers are compared to the last digit', (t) => {
  t.false(same('9007199254740993', '9007199254740992'));
  t.true(same('1e2147483648', '10e2147483647'));
  t.false(same('1e40000', '1e40001'));
});

test('a text is no number', (t) => {
  t.false(same('"1"', '1'));
  t.false(same('["1"]', '[1]'));
  t.true(same('{"a 1":"\\" 2"}', '{"a 1":"\\" 2"}'));
});

test('lists have an order, members of objects have none', (t) => {
  t.false(same('[1,2]', '[2,1]'));
  t.true(same('[1,[2,3]]', '[[3,2],1]', 'in any order'));
  t.false(same('[1,1,2]', '[1,2,2]', 'in any order'));
  t.true(same('{"a":1,"b":2}', '{"b":2,"a":1}'));
});

test('what is not JSON is refused', (t) => {
  t.throws(() => parseExact('{"a":007}'));
});

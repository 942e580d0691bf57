// Patterns in the host; which pattern matches what is in one table with the rules' own, in test/policies/globs.test.ts.
import test from 'ava';
import { matchesAny } from '../../src/policy/glob.ts';

test('one pattern that matches is enough, and no pattern matches nothing', (t) => {
  t.true(matchesAny(['kube-*', 'prod-*'], 'prod-eu'));
  t.false(matchesAny(['kube-*', 'prod-*'], 'preprod-eu'));
  t.false(matchesAny([], ''));
});

test('a pattern of many stars takes no more time on a text that nearly matches', (t) => {
  // Each star more would double the time of a matcher that tries every way, beyond any deadline.
  t.false(matchesAny([`${'a*'.repeat(200)}b`], 'a'.repeat(5000)));
});

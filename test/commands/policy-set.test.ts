// Which policies a forecast is made with.
import test from 'ava';
import { policySet } from '../../src/commands/policy-set.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { policyObject } from '../builders/policy.ts';

/** The recorded `production` is of uid-production and generation 3. */
const recorded = [policyObject(), policyObject({}, { metadata: { name: 'other', uid: 'uid-other', generation: 7 } })];

function given(spec = {}, name = 'production'): Policy {
  const parsed = parsePolicy(policyObject(spec, { metadata: { name } }));
  if ('problems' in parsed) throw new Error(parsed.problems[0]?.message);
  return parsed.policy;
}

const shown = ({ name, uid, generation }: Policy) => `${name} ${uid} ${generation}`;

test('a policy that is given replaces the one of its name, and is the same object', (t) => {
  const { policies } = policySet([given({ mode: 'Enforce' })], recorded);
  t.deepEqual(policies.map(shown), ['production uid-production 4', 'other uid-other 7']);
});

test('a policy that is given as it is already has the same generation', (t) => {
  const { policies } = policySet([given()], recorded);
  t.deepEqual(policies.map(shown), ['production uid-production 3', 'other uid-other 7']);
});

test('a policy that is given with another exception is a new generation', (t) => {
  const exceptions = [{ name: 'INC-1', reason: 'known', until: '2026-12-31T00:00:00Z', match: { namespaces: ['shop'] } }];
  const { policies } = policySet([given({ exceptions })], recorded);
  t.deepEqual(policies.map(shown), ['production uid-production 4', 'other uid-other 7']);
});

test('a policy that is not there yet is new', (t) => {
  const { policies } = policySet([given({}, 'trial')], recorded);
  t.deepEqual(policies.map(shown), ['trial  1', 'production uid-production 3', 'other uid-other 7']);
});

test('a policy of the recording with the name of one that is compared with is left out', (t) => {
  const { policies } = policySet([given({}, 'trial')], recorded, ['other', 'trial']);
  t.deepEqual(policies.map(shown), ['trial  1', 'production uid-production 3']);
});

test('a policy of the recording that cannot be read is named', (t) => {
  const { policies, unreadable } = policySet([], [policyObject({ mode: 'Enforced' })]);
  t.deepEqual(policies, []);
  t.deepEqual(
    unreadable.map(({ name, problems }) => `${name} ${problems[0]?.path}`),
    ['production spec.mode'],
  );
});

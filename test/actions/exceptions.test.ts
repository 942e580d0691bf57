// What exceptions do to decisions: what they excuse asks for nothing, gives back what is at zero for it alone, and nothing more.
import test from 'ava';
import { answer } from '../builders/answer.ts';
import { content, issue, now, scanned, unavailable } from '../builders/fact.ts';
import { exception } from '../builders/policy-exception.ts';
import { image, workload } from '../builders/workload.ts';
import { apiDigest, apiImage, decide, type GivenRule, held, record } from './decision.ts';

const facts = { [apiDigest]: scanned({ content: content({ issues: [issue(), issue({ id: 'XRAY-2', cves: ['CVE-2026-0002'] })] }) }) };
const found = (...issues: readonly string[]) =>
  answer({ violation: issues.map((id) => ({ msg: `${id} is high`, image: apiImage, issue: id })) });
const until = exception().until;
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

function decided(given: GivenRule, others: Partial<Parameters<typeof decide>[0]> = {}) {
  const { plan, rules } = decide({ rules: [given], facts, ...others });
  const [rule] = rules;
  return [plan.kind, rule?.verdict.kind, rule?.observed?.outcome, rule?.observed?.reason];
}

test('a violation that is excepted asks for nothing, and says by what and until when', (t) => {
  const says = found('XRAY-1');
  t.deepEqual(decided({ says, exceptions: [exception({ cves: ['CVE-2026-0001'] })] }), [
    'none',
    'passed',
    'Excepted',
    'INC-1 until 2026-12-31T00:00:00Z',
  ]);
  t.deepEqual(decided({ says, exceptions: [exception({ cves: ['CVE-2026-0002'] })] }).slice(0, 3), ['scaleDown', 'violated', 'Requested']);
});

test('a rule with one violation excepted and another not is violated', (t) => {
  const exceptions = [exception({ cves: ['CVE-2026-0001'] })];
  t.deepEqual(decided({ says: found('XRAY-1', 'XRAY-2'), exceptions }).slice(0, 3), ['scaleDown', 'violated', 'Requested']);
});

test('an exception of one policy is none of another', (t) => {
  const exceptions = [exception()];
  const rules = [
    { says: found('XRAY-1'), exceptions },
    { name: 'other', says: found('XRAY-1') },
  ];
  const { plan } = decide({ rules, facts });
  t.deepEqual(plan.kind === 'scaleDown' && plan.record.rules, ['other/security']);
});

test('what is at zero for something excepted is given back at once, and not before', (t) => {
  const says = found('XRAY-1');
  const own = { workload: held() };
  t.deepEqual(decided({ says }, own).slice(0, 3), ['none', 'violated', 'Confirmed']);
  t.deepEqual(decided({ says, exceptions: [exception({ cves: ['*'] })] }, own).slice(0, 3), ['restore', 'passed', 'Excepted']);
  t.is(decided({ says, exceptions: [exception({ cves: ['*'], match: { workloads: ['Deployment/web'] } })] }, own)[0], 'none');
});

test('of two rules that want zero an exception for one keeps the workload there for the other', (t) => {
  const rules = [
    { says: found('XRAY-1'), rule: 'security', exceptions: [exception({ rules: ['security'] })] },
    { says: found('XRAY-2'), rule: 'own' },
  ];
  const { plan, claims } = decide({ rules, facts, workload: held(record({ rules: ['production/own', 'production/security'] })) });
  t.deepEqual([plan.kind, claims], ['remember', ['production/own']]);
});

test('what a rule cannot tell stays undecided and at zero, whatever CVEs are excepted', (t) => {
  const own = { workload: held(), facts: { [apiDigest]: unavailable() } };
  t.deepEqual(decided({ says: found('XRAY-1'), exceptions: [exception({ cves: ['*'] })] }, own).slice(0, 3), [
    'none',
    'undecided',
    'Confirmed',
  ]);
  t.deepEqual(decided({ says: 'undecided', exceptions: [exception({ cves: ['*'] })] }, { workload: held() }).slice(0, 2), [
    'none',
    'undecided',
  ]);
});

test('a rule of which all is excepted keeps nothing at zero, though it cannot tell', (t) => {
  const own = { workload: held(), facts: { [apiDigest]: unavailable() } };
  t.deepEqual(decided({ says: 'violated', exceptions: [exception()] }, own).slice(0, 2), ['restore', 'undecided']);
  t.is(decided({ says: 'violated', exceptions: [exception({ match: { images: ['*'] } })] }, own)[0], 'none');
  t.is(decided({ says: 'broken', exceptions: [exception()] }, { workload: held() })[0], 'restore');
  t.is(decided({ says: 'pending', exceptions: [exception()] }, { workload: held() })[0], 'restore');
  t.is(decided({ says: 'broken', exceptions: [exception({ cves: ['*'] })] }, { workload: held() })[0], 'none');
});

test('a finding that is gone beside one that is excepted still waits for its second answer', (t) => {
  const changed = scanned({ content: facts[apiDigest]?.content ?? content(), unchangedSince: minutes(-1), checkedAt: minutes(0) });
  const exceptions = [exception({ cves: ['*'] })];
  const settling = { workload: held(), facts: { [apiDigest]: changed } };
  t.is(decided({ says: found('XRAY-1'), exceptions }, settling)[0], 'none');
});

test('when an exception ends the action is asked for by the guard as ever', (t) => {
  const says = found('XRAY-1');
  const at = (moment: Date, own = workload()) => {
    const fresh = { [apiDigest]: { ...(facts[apiDigest] ?? scanned()), checkedAt: moment } };
    return decided({ says, exceptions: [exception()] }, { now: moment, facts: fresh, workload: own }).slice(0, 3);
  };
  t.deepEqual(at(new Date(until.getTime() - 1)), ['none', 'passed', 'Excepted']);
  t.deepEqual(at(until), ['scaleDown', 'violated', 'Requested']);
  t.deepEqual(at(until, workload({ terminating: true })), ['none', 'violated', 'Held']);
});

test('what is excepted makes a pass of nothing that is not known', (t) => {
  const exceptions = [exception({ cves: ['*'] })];
  const far = image({ ref: 'registry.example.com/far:1' });
  const beside = { workload: workload({ images: [image(), far] }), facts: { ...facts, [far.digest]: unavailable() } };
  t.is(decided({ says: found('XRAY-1'), exceptions }, beside)[1], 'undecided');
  const says = answer({ violation: [{ msg: 'XRAY-1 is high', image: apiImage, issue: 'XRAY-1' }], undecided: ['cannot tell'] });
  t.deepEqual(decided({ says, exceptions }).slice(0, 3), ['none', 'undecided', 'Excepted']);
});

// What is explained about one workload, beyond what the command's golden outputs show: actions that were taken, and ways out.
import test from 'ava';
import { readMemory } from '../../src/actions/memory.ts';
import { imageStates } from '../../src/evaluation/image-state.ts';
import type { Fact } from '../../src/facts/fact.ts';
import type { Workload } from '../../src/facts/workload.ts';
import { type Explanation, explanation } from '../../src/status/explanation.ts';
import { apiDigest, decide, type Given, held, record } from '../actions/decision.ts';
import { answer } from '../builders/answer.ts';
import { content, issue, license, now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { deployment } from '../builders/objects.ts';
import { policy } from '../builders/policy.ts';
import { workload as aWorkload } from '../builders/workload.ts';

function explain(given: Given): Explanation {
  const workload: Workload = given.workload ?? aWorkload();
  const decision = decide(given);
  const memory = readMemory(workload.controller ?? deployment());
  const facts = imageStates(workload, (digest): Fact => given.facts?.[digest] ?? scanned({ digest }));
  const policies = decision.rules.map((rule) => rule.policy);
  return explanation({ workload, memory, facts, decision, now, policies: policies.length === 0 ? [policy()] : policies, unreadable: [] });
}

const violation = (fields: object) => answer({ violation: [{ msg: 'bad', image: apiDigest, ...fields }] });

test('a workload at zero shows the action, the rules that it was for, and that it stays', (t) => {
  const { memory, conclusion } = explain({ rules: [{ says: 'undecided' }], workload: held() });
  t.deepEqual(memory, {
    replicas: 3,
    record: { rules: ['production/security'], time: '2026-11-23T09:30:00.000Z', reasserted: 0, isSameTemplate: true },
  });
  t.is(conclusion, 'It stays at zero, for production/security.');
});

test('a workload that nothing holds at zero any more would be given back', (t) => {
  const { change, conclusion } = explain({ rules: [], workload: held() });
  t.deepEqual(change, { kind: 'restore', to: 3 });
  t.is(conclusion, 'It would be given its 3 replicas back: nothing asks for zero any more.');
});

test('a workload that somebody scaled up three times is left alone', (t) => {
  const workload = held(record({ reasserted: 3 }), { replicas: 2 });
  const [production] = explain({ rules: [{ says: 'violated' }], workload }).policies;
  t.is(production?.rules[0]?.outcome, 'Contested');
  t.regex(production?.rules[0]?.why ?? '', /left alone until its template or the policy changes$/);
});

test('the stronger of two actions is taken, and the weaker says so', (t) => {
  const { policies, change, conclusion } = explain({
    rules: [
      { name: 'a', says: 'violated', action: 'ScaleDown' },
      { name: 'b', says: 'violated', action: 'Delete' },
    ],
  });
  t.deepEqual(change, { kind: 'delete' });
  t.is(policies[0]?.rules[0]?.why, 'another rule asks for Delete, which is stronger');
  t.is(policies[1]?.rules[0]?.why, 'policy b is in Enforce, and nothing holds the action');
  t.is(conclusion, 'It would be deleted, for a/security and b/security.');
});

const remedies: readonly (readonly [string, Fact, ReturnType<typeof answer> | 'undecided', string])[] = [
  [
    'an issue with a fix',
    scanned({
      content: content({
        issues: [issue({ components: [{ id: 'npm://moment', version: '2.29.3', fixedVersions: ['2.29.4', '3.0.0'] }] })],
      }),
    }),
    violation({ issue: 'CVE-2026-0001' }),
    'registry.example.com/shop/api:1.4: raise npm://moment 2.29.3 to 2.29.4 or 3.0.0 (CVE-2026-0001)',
  ],
  [
    'an issue without a fix',
    scanned({
      content: content({ issues: [issue({ cves: [], components: [{ id: 'npm://moment:2.29.3', version: '', fixedVersions: [] }] })] }),
    }),
    violation({ issue: 'XRAY-1' }),
    'registry.example.com/shop/api:1.4: no fix is known for XRAY-1 in npm://moment:2.29.3',
  ],
  [
    'a license',
    scanned({ content: content({ licenses: [license({ name: 'AGPL-3.0', components: ['deb://b', 'deb://a'] })] }) }),
    violation({ license: 'AGPL-3.0' }),
    'registry.example.com/shop/api:1.4: replace what is under AGPL-3.0: deb://a, deb://b',
  ],
  [
    'an unscanned image that another rule is about',
    unscanned(),
    violation({}),
    'use another image than registry.example.com/shop/api:1.4, or change what the rule says of it',
  ],
  [
    'anything else',
    scanned(),
    violation({}),
    'use another image than registry.example.com/shop/api:1.4, or change what the rule says of it',
  ],
  [
    'an image that Xray was not asked about',
    unavailable(),
    'undecided',
    'an answer of Xray about registry.example.com/shop/api:1.4 (Xray answered 503)',
  ],
];

for (const [what, fact, says, expected] of remedies) {
  test(`what would clear ${what} is said`, (t) => {
    const { policies } = explain({ rules: [{ says }], facts: { [apiDigest]: fact } });
    t.is(policies[0]?.rules[0]?.clears[0], expected);
  });
}

test('a scan clears the rule about images that were never scanned', (t) => {
  const given = { facts: { [apiDigest]: unscanned() } };
  const { policies } = explain({ ...given, rules: [{ rule: 'new', use: 'unscanned', says: violation({}) }] });
  t.is(policies[0]?.rules[0]?.clears[0], 'have Xray scan registry.example.com/shop/api:1.4');
});

test('a way out that stands alone does not begin as if another were before it', (t) => {
  const { policies } = explain({ rules: [{ says: 'undecided' }], workload: held() });
  t.deepEqual(policies[0]?.rules[0]?.clears, [
    'exempt it: write an exception into spec.exceptions of production, add shop to its spec.match.excludeNamespaces, or set its spec.mode to DryRun',
  ]);
});

test('a rule that does not compile is cleared by mending it', (t) => {
  const { policies, conclusion } = explain({ rules: [{ says: 'broken' }] });
  t.deepEqual(policies[0]?.rules[0]?.clears, ['mend the rule: 3:1: unexpected token']);
  t.is(conclusion, 'Nothing is done: no rule is violated, and not all of them can tell.');
});

test('an action in Enforce can be avoided by the policy, one in DryRun need not be', (t) => {
  const enforce = explain({ rules: [{ says: 'violated' }] });
  t.is(
    enforce.policies[0]?.rules[0]?.clears[1],
    'or exempt it: write an exception into spec.exceptions of production, add shop to its spec.match.excludeNamespaces, or set its spec.mode to DryRun',
  );
  const dryRun = explain({ rules: [{ says: 'violated', mode: 'DryRun' }] });
  t.is(dryRun.policies[0]?.rules[0]?.clears.length, 1);
  t.is(dryRun.conclusion, 'Nothing is done: production/security would act, but only in Enforce.');
});

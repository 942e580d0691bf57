// What exceptions excuse, and what they must not.
import test from 'ava';
import { type Exceptable, exceptionWords, exceptViolations, isWaived, nextExceptionMoment } from '../../src/policy/exceptions.ts';
import type { PolicyException } from '../../src/policy/policy.ts';
import { content, imageState, issue, now, scanned, unavailable, unscanned } from '../builders/fact.ts';
import { exception } from '../builders/policy-exception.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';

const issues = [
  issue({ id: 'XRAY-1', cves: ['CVE-2026-0001'] }),
  issue({ id: 'XRAY-2', cves: ['CVE-2026-0002', 'CVE-2026-0003'] }),
  issue({ id: 'XRAY-3', cves: ['CVE-2026-0003'] }),
  issue({ id: 'XRAY-4', cves: [] }),
];
const api = imageState(scanned({ content: content({ issues }) }));
const web = imageState(scanned(), { ref: 'registry.example.com/shop/web:3.1' });
const moved = imageState(scanned({ content: content({ issues: [issue({ id: 'XRAY-1', cves: ['CVE-2026-0009'] })] }) }), { ref: 'other:1' });
const unnamed = imageState(scanned({ content: content({ issues: [issue({ id: 'XRAY-1', cves: [] })] }) }), { ref: 'other:1' });
const workload = { kind: 'Deployment', namespace: 'shop', name: 'api' };

const violation = (given: Partial<Exceptable> = {}): Exceptable => ({ issue: '', license: '', images: [api], ...given });
const about = (id: string): Exceptable => violation({ issue: id });

function namesFor(one: Exceptable, exceptions: readonly PolicyException[], given: { readonly rule?: string; readonly now?: Date } = {}) {
  const input = { exceptions, rule: 'security', workload, images: [api, web], now, ...given };
  const { standing, excepted } = exceptViolations([one], input);
  return standing.length === 1 ? 'stands' : excepted.flatMap(({ by }) => by.map(({ name }) => name)).join();
}

const cves = (...patterns: string[]): PolicyException => exception({ cves: patterns });
const licenses = (...patterns: string[]): PolicyException => exception({ licenses: patterns });
const images = (...patterns: string[]): PolicyException => exception({ match: { images: patterns } });
const workloads = (...patterns: string[]): PolicyException => exception({ match: { workloads: patterns } });

/** What, the violation, the exceptions, and those that it falls by. */
const table: readonly (readonly [string, Exceptable, readonly PolicyException[], string])[] = [
  ['a whole rule excuses what names nothing', violation(), [exception()], 'INC-1'],
  ['a whole rule excuses what names no image either', violation({ images: [] }), [exception()], 'INC-1'],
  ['a whole rule excuses an issue without CVEs', about('XRAY-4'), [exception()], 'INC-1'],
  ['there is no exception', violation(), [], 'stands'],
  ['another namespace', violation(), [exception({ match: { namespaces: ['prod-*'] } })], 'stands'],
  ['one namespace of several', violation(), [exception({ match: { namespaces: ['prod-*', 'sh*'] } })], 'INC-1'],
  ['a workload by its name', violation(), [workloads('Deployment/api')], 'INC-1'],
  ['a workload by a pattern', violation(), [workloads('StatefulSet/*', 'Deployment/a*')], 'INC-1'],
  ['a workload of another kind', violation(), [workloads('StatefulSet/api')], 'stands'],
  ['a workload whose name only begins so', violation(), [workloads('Deployment/ap')], 'stands'],
  [
    'the workload, but another namespace',
    violation(),
    [exception({ match: { namespaces: ['x'], workloads: ['Deployment/api'] } })],
    'stands',
  ],
  [
    'an empty list beside a part is not given',
    violation(),
    [exception({ match: { namespaces: ['shop'], workloads: [], images: [] } })],
    'INC-1',
  ],
  ['another rule', violation(), [exception({ rules: ['license'] })], 'stands'],
  ['one rule of several', violation(), [exception({ rules: ['license', 'security'] })], 'INC-1'],

  ['an image that matches', violation(), [images('registry.example.com/shop/*')], 'INC-1'],
  ['an image that does not', violation(), [images('registry.example.com/prod/*')], 'stands'],
  ['one image of two', violation({ images: [api, web] }), [images('*/api:1.4')], 'stands'],
  ['both images', violation({ images: [api, web] }), [images('*/api:1.4', '*/web:*')], 'INC-1'],
  ['images, and a violation that names none', violation({ images: [] }), [images('*')], 'stands'],

  ['the CVE of an issue', about('XRAY-1'), [cves('CVE-2026-0001')], 'INC-1'],
  ['a CVE by a pattern', about('XRAY-1'), [cves('CVE-2025-*', 'CVE-2026-*')], 'INC-1'],
  ['a CVE in the other case', about('XRAY-1'), [cves('cve-2026-0001')], 'stands'],
  ['the id of Xray is no CVE', about('XRAY-1'), [cves('XRAY-1')], 'stands'],
  ['another CVE', about('XRAY-1'), [cves('CVE-2026-0002')], 'stands'],
  ['one CVE of two', about('XRAY-2'), [cves('CVE-2026-0002')], 'stands'],
  ['both CVEs', about('XRAY-2'), [cves('CVE-2026-0002', 'CVE-2026-0003')], 'INC-1'],
  ['a CVE that stands for itself', about('CVE-2026-0001'), [cves('CVE-2026-0001')], 'INC-1'],
  ['a CVE that an issue has together with another', about('CVE-2026-0003'), [cves('CVE-2026-0003')], 'stands'],
  ['a CVE of two issues, all covered', about('CVE-2026-0003'), [cves('CVE-2026-0002', 'CVE-2026-0003')], 'INC-1'],
  ['an issue without CVEs', about('XRAY-4'), [cves('*')], 'stands'],
  ['an issue that the image does not have', about('XRAY-9'), [cves('*')], 'stands'],
  ['a CVE that the image does not have', about('CVE-2026-0042'), [cves('CVE-2026-0042')], 'stands'],
  ['an issue, and the image has none', violation({ issue: 'XRAY-1', images: [web] }), [cves('*')], 'stands'],
  [
    'an issue of a tag that moved, in one of its images',
    violation({ issue: 'XRAY-1', images: [api, web] }),
    [cves('CVE-2026-0001')],
    'INC-1',
  ],
  [
    'an issue that has another CVE in another image',
    violation({ issue: 'XRAY-1', images: [api, moved] }),
    [cves('CVE-2026-0001')],
    'stands',
  ],
  ['an issue of which no CVE is known in another image', violation({ issue: 'XRAY-1', images: [api, unnamed] }), [cves('*')], 'stands'],
  ['an issue without an image is looked for in all', violation({ issue: 'XRAY-1', images: [] }), [cves('CVE-2026-0001')], 'INC-1'],
  ['CVEs, and a violation that names no issue', violation(), [cves('*')], 'stands'],
  ['CVEs, and a license', violation({ license: 'MIT' }), [cves('*')], 'stands'],
  ['an image that was never scanned', violation({ issue: 'XRAY-1', images: [imageState(unscanned())] }), [cves('*')], 'stands'],
  ['an image that Xray cannot be asked about', violation({ issue: 'XRAY-1', images: [imageState(unavailable())] }), [cves('*')], 'stands'],

  ['a license', violation({ license: 'AGPL-3.0' }), [licenses('AGPL-*')], 'INC-1'],
  ['a license in another case', violation({ license: 'AGPL-3.0' }), [licenses('agpl-3.0')], 'INC-1'],
  ['another license', violation({ license: 'AGPL-3.0' }), [licenses('GPL-*')], 'stands'],
  ['licenses, and a violation that names none', violation(), [licenses('*')], 'stands'],
  ['licenses, and an issue', about('XRAY-1'), [licenses('*')], 'stands'],
  ['what names an issue and a license', violation({ issue: 'XRAY-1', license: 'MIT' }), [cves('*'), licenses('*')], 'stands'],
  ['what names both, and a whole rule', violation({ issue: 'XRAY-1', license: 'MIT' }), [exception()], 'INC-1'],

  [
    'two exceptions that cover one CVE each',
    about('XRAY-2'),
    [exception({ name: 'a', cves: ['CVE-2026-0002'] }), exception({ name: 'b', cves: ['CVE-2026-0003'] })],
    'a,b',
  ],
  [
    'two of which one is about other images',
    about('XRAY-2'),
    [exception({ name: 'a', cves: ['CVE-2026-0002'] }), exception({ name: 'b', cves: ['CVE-2026-0003'], match: { images: ['x'] } })],
    'stands',
  ],
  [
    'of two the one that lasts longer',
    about('XRAY-1'),
    [exception({ name: 'a', cves: ['*'] }), exception({ name: 'b', cves: ['*'], until: new Date('2027-12-31T00:00:00Z') })],
    'b',
  ],
];

for (const [what, one, exceptions, expected] of table) {
  test(`${expected === 'stands' ? 'stands' : 'falls'}: ${what}`, (t) => {
    t.is(namesFor(one, exceptions), expected);
  });
}

test('an exception ends exactly at its moment', (t) => {
  const until = new Date('2026-11-23T12:00:00Z');
  const at = (time: string) => namesFor(violation(), [exception({ until })], { now: new Date(time) });
  t.deepEqual([at('2026-11-23T11:59:59.999Z'), at('2026-11-23T12:00:00.000Z'), at('2026-11-24T00:00:00Z')], ['INC-1', 'stands', 'stands']);
});

test('a rule is waived only by an exception of all that it could say', (t) => {
  const waives = (one: PolicyException, at = now) => isWaived({ exceptions: [one], rule: 'security', workload, now: at });
  t.true(waives(exception()));
  t.true(waives(exception({ match: { namespaces: ['shop'], images: [] } })));
  t.deepEqual(
    [cves('*'), licenses('*'), images('*'), exception({ rules: ['license'] }), workloads('Deployment/web')].map((one) => waives(one)),
    [false, false, false, false, false],
  );
  t.false(waives(exception(), exception().until));
});

test('the words name each exception once, the first three', (t) => {
  const by = ['a', 'b', 'c', 'd', 'e'].map((name) => exception({ name }));
  t.is(exceptionWords([{ by: by.slice(0, 1) }, { by: by.slice(0, 1) }]), 'a until 2026-12-31T00:00:00Z');
  t.is(exceptionWords([{ by }]), 'a until 2026-12-31T00:00:00Z, b until 2026-12-31T00:00:00Z, c until 2026-12-31T00:00:00Z, and 2 more');
});

test('the next moment is three days before an end, then the end, then none', (t) => {
  const next = (at: string) => nextExceptionMoment([exception()], new Date(at))?.toISOString();
  t.deepEqual(
    [next('2026-11-23T10:00:00Z'), next('2026-12-28T00:00:00Z'), next('2026-12-30T23:59:59.999Z'), next('2026-12-31T00:00:00Z')],
    ['2026-12-28T00:00:00.000Z', '2026-12-31T00:00:00.000Z', '2026-12-31T00:00:00.000Z', undefined],
  );
});

// Thousands of exceptions and violations that a seed decides.
const cases = Array.from({ length: 3000 }, (_, seed) => {
  const random = seededRandom(seed);
  const oneOf = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const some = <T>(values: readonly T[]): readonly T[] => values.filter(() => random() < 0.5);
  const makeException = (name: string): PolicyException => {
    const limits = oneOf<Partial<PolicyException>>([
      {},
      { cves: some(['CVE-2026-0001', 'CVE-2026-0002', 'CVE-*']) },
      { licenses: ['AGPL-*'] },
    ]);
    const match = {
      namespaces: some(['shop', 'prod']),
      workloads: some(['Deployment/api', 'Deployment/w*']),
      images: some(['*/api:1.4', 'x']),
    };
    const rules = random() < 0.5 ? {} : { rules: some(['security', 'license']) };
    return exception({ name, match, ...limits, ...rules, until: new Date(now.getTime() + oneOf([-1, 0, 1, 1000])) });
  };
  const violations = Array.from({ length: 6 }, () => ({
    issue: oneOf(['', 'XRAY-1', 'XRAY-2', 'XRAY-4', 'CVE-2026-0001', 'XRAY-9']),
    license: oneOf(['', '', 'AGPL-3.0', 'MIT']),
    images: oneOf([[], [api], [web], [api, web]]),
  }));
  const exceptions = ['a', 'b', 'c'].map(makeException);
  return { seed, exceptions, violations, input: { rule: 'security', workload, images: [api, web], now } };
});

test('whatever the exceptions are, nothing is lost, and what falls is covered by each word of what it falls by', (t) => {
  let fallen = 0;
  for (const { seed, exceptions, violations, input } of cases) {
    const { standing, excepted } = exceptViolations(violations, { ...input, exceptions });
    const all = [...standing, ...excepted.map((one) => one.violation)];
    if (all.length !== violations.length || !violations.every((one) => all.includes(one))) t.fail(`seed ${seed}: lost or doubled`);
    for (const { violation: one, by } of excepted) {
      fallen += 1;
      const isFine = by.length > 0 && by.every((each) => covers(each, one));
      if (!isFine) t.fail(`seed ${seed}: ${JSON.stringify({ issue: one.issue, license: one.license, by })}`);
    }
  }
  t.true(fallen > 300, `${fallen} fell`);
});

/** Said again and independently of the code: no word of the exception speaks against it. */
function covers({ until, rules, match, cves: ids, licenses: names }: PolicyException, one: Exceptable): boolean {
  const { namespaces = [], workloads: patterns = [], images: refs = [] } = match;
  const isPlace =
    (namespaces.length === 0 || namespaces.includes('shop')) && (patterns.length === 0 || patterns.includes('Deployment/api'));
  const isImage = refs.length === 0 || (one.images.length === 1 && one.images[0] === api && refs.includes('*/api:1.4'));
  const isRule = rules === undefined || rules.includes('security');
  const isNamed =
    (ids === undefined || (one.issue !== '' && one.issue !== 'XRAY-4' && one.issue !== 'XRAY-9' && one.license === '')) &&
    (names === undefined || (one.license === 'AGPL-3.0' && one.issue === ''));
  return until > now && isPlace && isImage && isRule && isNamed;
}

test('one more exception never makes a violation stand that fell', (t) => {
  for (const { seed, exceptions, violations, input } of cases) {
    const before = exceptViolations(violations, { ...input, exceptions: exceptions.slice(1) }).standing;
    const after = exceptViolations(violations, { ...input, exceptions }).standing;
    if (!after.every((one) => before.includes(one))) t.fail(`seed ${seed}`);
  }
  t.pass();
});

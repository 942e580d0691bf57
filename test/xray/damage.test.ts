// Whatever happens to an answer on its way: it never says less than it did and is believed all the same.

import test from 'ava';
import { parseSummary, type Summary } from '../../src/xray/parse-summary.ts';
import { parseViolations } from '../../src/xray/parse-violations.ts';

const hexes = ['1a', '2b', '3c'].map((pair) => pair.repeat(32));
const digests = hexes.map((hex) => `sha256:${hex}`);

const summary = {
  artifacts: hexes.map((hex, index) => ({
    general: { component_id: `shop/api:${index}`, name: `shop/api:${index}`, path: `default/docker-local/shop/api/${index}/`, sha256: hex },
    issues: ['a', 'b', 'c'].map((letter) => ({
      issue_id: `XRAY-${index}${letter}`,
      issue_type: 'security',
      severity: 'High',
      created: '2026-01-02T03:04:05.006Z',
      cves: [{ cve: `CVE-2026-${index}`, cvss_v3: '7.5/CVSS:3.1/AV:N' }],
      components: [{ component_id: 'npm://left:1', version: '1', fixed_versions: ['[2]'] }],
      applicability_details: [{ vulnerability_id: `CVE-2026-${index}`, result: 'applicable' }],
    })),
    licenses: [{ name: 'MIT', components: ['npm://left:1'] }],
    operational_risks: [{ component_id: 'npm://left:1', risk: 'High' }],
  })),
  errors: [],
};

const violations = {
  total_violations: 3,
  violations: hexes.map((hex, index) => ({
    violation_id: `98${index}`,
    issue_id: `XRAY-${index}`,
    type: 'Security',
    severity: 'Critical',
    created: '2026-01-02T03:04:05Z',
    infected_components: ['npm://left:1'],
    impacted_artifacts: [`default/docker-local/shop/api/sha256__${hex}/manifest.json`],
    matched_policies: [{ policy: 'p', rule: 'r', is_blocking: true }],
  })),
};

/** Linear congruence: as good as chance, and the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 16_807) % 2_147_483_647;
    return state % sides;
  };
}

const rounds = process.env.KUBEXRAY_LONG === '1' ? 200_000 : 4_000;

/** One byte is another one, or the end is missing. */
function damagedText(text: string, roll: (sides: number) => number): string {
  const at = roll(text.length);
  if (roll(10) === 0) return text.slice(0, at);
  return `${text.slice(0, at)}${String.fromCharCode(32 + roll(95))}${text.slice(at + 1)}`;
}

/** Some value in it is another one, or gone. Lists stay as long as they were: one that is emptied is as good as any. */
function damagedValue(body: unknown, roll: (sides: number) => number): unknown {
  const copy: unknown = structuredClone(body);
  let node = copy;
  for (;;) {
    if (typeof node !== 'object' || node === null) return copy;
    const holder: Record<string, unknown> = Object.fromEntries([]);
    Object.assign(holder, node);
    const keys = Object.keys(holder);
    const key = keys[roll(keys.length)] ?? '';
    const value = holder[key];
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && roll(4) > 0) {
      node = value;
      continue;
    }
    const isList = Array.isArray(node) || Array.isArray(value);
    if (!isList && roll(3) === 0) Reflect.deleteProperty(node, key);
    else Reflect.set(node, key, replacement(roll));
    return copy;
  }
}

function replacement(roll: (sides: number) => number): unknown {
  return [roll(1_000), true, `text ${roll(1_000_000)}`, {}, { a: 1 }, [roll(9)], [{}], 1e99, '\u0000'][roll(9)];
}

/** Why what an answer says of a digest is less than what was sent; empty when it is not. */
function lessInSummary(parsed: Summary): string {
  if (parsed.kind === 'malformed') return '';
  for (const digest of digests) {
    const answer = parsed.answers.get(digest);
    if (answer?.kind !== 'scanned') continue;
    if (answer.content.issues.length < 3) return `${digest} has ${answer.content.issues.length} issues`;
    const low = answer.content.issues.filter(({ severity }) => severity !== 'high' && severity !== 'unknown');
    if (low.length > 0) return `${digest} has an issue that is ${low[0]?.severity}`;
  }
  return '';
}

function lessInViolations(body: unknown): string {
  const parsed = parseViolations(body, 'shop');
  if (parsed.kind === 'malformed') return '';
  const rows = parsed.page.entries.filter(({ row }) => row !== null);
  return rows.length < 3 ? `${rows.length} rows` : '';
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('the answers are right before anything happens to them', (t) => {
  const parsed = parseSummary(summary, digests);
  if (parsed.kind === 'malformed') return t.fail(parsed.problem);
  t.deepEqual(
    digests.map((digest) => parsed.answers.get(digest)?.kind),
    ['scanned', 'scanned', 'scanned'],
  );
  t.is(lessInSummary(parsed), '');
  t.is(lessInViolations(violations), '');
});

test('a summary with a byte that changed, or without its end, never has fewer issues', (t) => {
  const text = JSON.stringify(summary);
  for (let seed = 1; seed <= rounds; seed += 1) {
    const damaged = damagedText(text, dice(seed));
    const body = parsedJson(damaged);
    if (body !== undefined) t.is(lessInSummary(parseSummary(body, digests)), '', `seed ${seed}`);
  }
  t.pass();
});

test('a summary with a value of another kind never has fewer issues', (t) => {
  for (let seed = 1; seed <= rounds; seed += 1) {
    t.is(lessInSummary(parseSummary(damagedValue(summary, dice(seed)), digests)), '', `seed ${seed}`);
  }
});

test('a page of violations that was damaged never has fewer rows', (t) => {
  const text = JSON.stringify(violations);
  for (let seed = 1; seed <= rounds; seed += 1) {
    const body = parsedJson(damagedText(text, dice(seed)));
    if (body !== undefined) t.is(lessInViolations(body), '', `seed ${seed} of bytes`);
    t.is(lessInViolations(damagedValue(violations, dice(seed))), '', `seed ${seed} of values`);
  }
});

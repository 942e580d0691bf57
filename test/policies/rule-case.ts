// Cases of rules as data: reads them, fills in what a case does not say, and compares what a rule answers with what is wanted.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ParsedAnswer } from '../../src/evaluation/answer.ts';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';

/** One case of `cases/*.yaml`, where each file is a list of them. */
export interface RuleCase {
  readonly name: string;
  readonly note?: string;
  readonly parameters?: JsonObject;
  /** Parts of an input document. */
  readonly input: JsonObject;
  readonly want: {
    readonly verdict: 'passed' | 'violated' | 'undecided';
    /** When given: as many as there are, each with some of the fields of one of them. */
    readonly violations?: readonly JsonObject[];
    /** When given: as many as there are, each a part of one of them. */
    readonly undecided?: readonly string[];
  };
}

/** Reads all cases of a rule's folder, sorted by file. */
export async function readCases(ruleDirectory: string): Promise<readonly RuleCase[]> {
  const directory = join(ruleDirectory, 'cases');
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort();
  const lists = await Promise.all(files.map(async (name): Promise<unknown> => parse(await readFile(join(directory, name), 'utf8'))));
  // The files are the project's own; one of another shape fails in the test that uses it.
  return lists.flat() as readonly RuleCase[];
}

/** Returns a whole input document with what the case says in it. */
export function documentOf(input: JsonObject): JsonObject {
  const images = Array.isArray(input.images) ? input.images : [];
  return {
    apiVersion: 'kubexray.io/v1',
    now: '2026-11-23T10:00:00.000Z',
    parameters: {},
    ...input,
    workload: { ...workload, ...object(input.workload) },
    images: images.map((image: unknown) => imageOf(object(image))),
  };
}

const workload = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'd5b0a1f6-0000-4000-8000-000000000001' },
  ...{ labels: {}, annotations: {}, namespaceLabels: {}, ownedBy: [], replicas: 1, pods: 1 },
};

function imageOf(given: JsonObject): JsonObject {
  const state = given.state ?? 'scanned';
  return {
    ...{ ref: 'registry.example.com/shop/api:1.4', registry: 'registry.example.com', repository: 'shop/api', tag: '1.4' },
    ...{ digest: `sha256:${'1'.repeat(64)}`, digestKind: 'manifest', containers: [{ name: 'api', type: 'container' }], pods: 1 },
    ...{ current: true, firstSeenAt: '2026-11-01T00:00:00.000Z', state, stale: false },
    ...(state === 'scanned' ? { scannedAt: '2026-11-23T09:00:00.000Z' } : {}),
    ...given,
    issues: list(given.issues).map((issue) => ({ ...emptyIssue, ...issue })),
    licenses: list(given.licenses).map((license) => ({ components: [], ...license })),
  };
}

const emptyIssue = { id: 'XRAY-1', cves: [], severity: 'low', cvss: null, applicability: '', malicious: false, components: [] };

/** Returns how the answer differs from what the case wants, in words; empty when it does not. */
export function differences({ want }: RuleCase, answer: ParsedAnswer): readonly string[] {
  const found: string[] = [];
  const verdict = answer.violations.length > 0 ? 'violated' : answer.undecided.length > 0 ? 'undecided' : 'passed';
  if (verdict !== want.verdict) found.push(`it is ${verdict}, wanted is ${want.verdict}`);
  if (want.violations !== undefined) {
    // A case calls it `msg`, as the rule does.
    const violations = answer.violations.map(({ message, ...rest }): JsonObject => ({ ...rest, msg: message }));
    const missing = want.violations.filter(
      (wanted) => !violations.some((actual) => Object.entries(wanted).every(([key, value]) => actual[key] === value)),
    );
    if (missing.length > 0 || violations.length !== want.violations.length) found.push(`violations are ${JSON.stringify(violations)}`);
  }
  if (want.undecided !== undefined) {
    const reasons = answer.undecided.map(({ message }) => message);
    const missing = want.undecided.filter((wanted) => !reasons.some((actual) => actual.includes(wanted)));
    if (missing.length > 0 || reasons.length !== want.undecided.length) found.push(`undecided are ${JSON.stringify(reasons)}`);
  }
  return found;
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(object) : [];
}

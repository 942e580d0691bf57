// The input document of a case: what the case says, and something usual for all that it does not say. Pure.
import { Ajv } from 'ajv';
import { inputSchema } from '../evaluation/input-schema.ts';
import { parseImageReference } from '../facts/image.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { type PathProblem, valueProblems } from './input-values.ts';
import { describeError } from './parse-cases.ts';
import type { FileProblem, PlacedCase } from './rule-case.ts';

/** Returns a whole input document with what the case says in it. */
export function documentOf(input: JsonObject): JsonObject {
  const images = Array.isArray(input.images) ? input.images : [];
  return {
    apiVersion: 'kubexray.io/v1',
    watches: watchesOf(images),
    parameters: {},
    ...input,
    now: momentOf(input.now ?? '2026-11-23T10:00:00.000Z'),
    workload: { ...workload, ...object(input.workload) },
    images: images.map((image: unknown) => imageOf(object(image))),
  };
}

const isDocument = new Ajv({ strict: false, allErrors: true, verbose: true }).compile(inputSchema({ type: 'object' }));

/** Returns what in the input of a case is not of an input document, with lines: a misspelt field would make a case that proves nothing. */
export function inputProblems({ ruleCase, placeOf }: PlacedCase): readonly FileProblem[] {
  const { input } = ruleCase;
  if (input === undefined) return [];
  const found = shapeProblems(input);
  if (found.length === 0 && !isDocument(documentOf(input))) {
    // Each way of an anyOf that does not fit is an error too; that none fits is enough.
    found.push(...(isDocument.errors ?? []).filter(({ schemaPath }) => !schemaPath.includes('/anyOf/')).map(describeError));
  }
  found.push(...valueProblems(input));
  return found.map(({ path, message }) => ({ ...placeOf(['input', ...path]), message: `input.${message}` }));
}

/** Filling would hide what is not a list or an object at all. */
function shapeProblems({ images, workload: given }: JsonObject): PathProblem[] {
  if (given !== undefined && !isJsonObject(given)) return [{ path: ['workload'], message: 'workload must be object' }];
  if (images === undefined) return [];
  if (!Array.isArray(images)) return [{ path: ['images'], message: 'images must be array' }];
  return images.flatMap((image: unknown, index): PathProblem[] => {
    if (!isJsonObject(image)) return [{ path: ['images', index], message: `images[${index}] must be object` }];
    return ['issues', 'licenses', 'operationalRisks', 'violations'].flatMap((name): PathProblem[] => {
      const items = image[name];
      if (items === undefined) return [];
      const where = `images[${index}].${name}`;
      if (!Array.isArray(items)) return [{ path: ['images', index, name], message: `${where} must be array` }];
      const wrong = items.findIndex((item: unknown) => !isJsonObject(item));
      return wrong < 0 ? [] : [{ path: ['images', index, name, wrong], message: `${where}[${wrong}] must be object` }];
    });
  });
}

/** The engine writes its moments to the millisecond, and the answer must carry the same text back. */
function momentOf(now: unknown): unknown {
  const time = typeof now === 'string' ? Date.parse(now) : Number.NaN;
  return Number.isNaN(time) ? now : new Date(time).toISOString();
}

const workload = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', uid: 'd5b0a1f6-0000-4000-8000-000000000001' },
  ...{ labels: {}, annotations: {}, namespaceLabels: {}, ownedBy: [], replicas: 1, pods: 1 },
};

function imageOf(given: JsonObject): JsonObject {
  const state = given.state ?? 'scanned';
  return {
    ...identityOf(given),
    ...{ digestKind: 'manifest', containers: [{ name: 'api', type: 'container' }], pods: 1 },
    ...{ current: true, firstSeenAt: '2026-11-01T00:00:00.000Z', state, stale: false },
    ...(state === 'scanned' ? { scannedAt: '2026-11-23T09:00:00.000Z' } : {}),
    ...given,
    issues: list(given.issues).map((issue) => ({ ...emptyIssue, ...issue })),
    licenses: list(given.licenses).map((license) => ({ components: [], ...license })),
    operationalRisks: list(given.operationalRisks).map((risk) => ({ ...emptyRisk, ...risk })),
    violations: list(given.violations).map((violation) => ({ ...emptyViolation, ...violation })),
  };
}

/** As the engine takes a reference apart. Without one, it is put together of what is there. */
function identityOf(given: JsonObject): JsonObject {
  const usual = { registry: 'registry.example.com', repository: 'shop/api', tag: '1.4', digest: `sha256:${'1'.repeat(64)}` };
  if (typeof given.ref === 'string') {
    const { digest, ...name } = parseImageReference(given.ref);
    return { ref: given.ref, ...name, digest: digest === '' ? usual.digest : digest };
  }
  const { registry, repository, tag, digest } = { ...usual, ...given };
  return { ref: `${registry}/${repository}${tag === '' ? `@${digest}` : `:${tag}`}`, ...usual };
}

const emptyIssue = {
  ...{ id: 'XRAY-1', cves: [], severity: 'low', cvss: null, applicability: '', malicious: false },
  ...{ publishedAt: '', components: [] },
};
const emptyRisk = { component: 'npm://thing:1.0.0', risk: 'unknown', reason: '', endOfLife: false, latestVersion: '' };
const emptyViolation = { type: 'security', severity: 'high', watch: 'production', policy: '', rule: '', issue: 'XRAY-1' };

/** Those whose violations stand in the case. */
function watchesOf(images: readonly unknown[]): readonly unknown[] {
  const found = images.flatMap((image) => list(object(image).violations).map(({ watch = emptyViolation.watch }) => watch));
  return [...new Set(found)];
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(object) : [];
}

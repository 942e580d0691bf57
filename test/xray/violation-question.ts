// Reads a question for violations as Xray would: what it misunderstands is a problem, what it cannot read is refused.

import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { severities } from './severities.ts';

/** Paths with the repository in front, without `default/`. */
export interface ViolationQuestion {
  readonly filters: {
    readonly watch: string | null;
    readonly createdFrom: Date | null;
    readonly createdUntil: Date | null;
    readonly minSeverity: string | null;
    readonly type: string | null;
    readonly issue: string | null;
    readonly cve: string | null;
    readonly nameContains: string | null;
    readonly artifacts: readonly string[] | null;
    readonly isDetailed: boolean;
  };
  readonly orderBy: string;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  /** From 1. */
  readonly page: number;
}

export interface ViolationReading {
  /** Null when the question is refused. */
  readonly question: ViolationQuestion | null;
  readonly refusal: { readonly status: number; readonly error: string } | null;
  readonly problems: readonly string[];
}

const orders = ['created', 'summary', 'severity', 'type', 'watcher_name', 'issue_id', 'updated'];
const types = ['Security', 'License', 'Operational_Risk'];
const filterNames = [
  ...['name_contains', 'include_details', 'violation_type', 'watch_name', 'min_severity', 'created_from', 'created_until', 'issue_id'],
  ...['cve_id', 'resources'],
];
const resourceNames = ['artifacts', 'builds', 'release_bundles', 'release_bundles_v2', 'git_repositories'];
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads the parsed body of a question. */
export function readViolationQuestion(body: unknown): ViolationReading {
  const problems: string[] = [];
  try {
    return { question: read(body, (problem) => problems.push(problem)), refusal: null, problems };
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    return { question: null, refusal: { status: thrown.status, error: thrown.message }, problems: [...problems, thrown.message] };
  }
}

type Report = (problem: string) => void;

function read(body: unknown, report: Report): ViolationQuestion {
  if (!isJsonObject(body)) throw unreadable();
  reportStrange(body, ['filters', 'pagination'], report);
  const filters = objectAt(body, 'filters');
  const pagination = objectAt(body, 'pagination');
  reportStrange(filters, filterNames, report);
  reportStrange(pagination, ['order_by', 'direction', 'limit', 'offset'], report);
  const orderBy = wordAt(pagination, 'order_by', orders) ?? 'severity';
  const direction = wordAt(pagination, 'direction', ['asc', 'desc']) ?? (orderBy === 'severity' ? 'desc' : 'asc');
  return {
    filters: {
      watch: textAt(filters, 'watch_name'),
      createdFrom: timeAt(filters, 'created_from'),
      createdUntil: timeAt(filters, 'created_until'),
      minSeverity: wordAt(filters, 'min_severity', severities),
      type: wordAt(filters, 'violation_type', types),
      issue: textAt(filters, 'issue_id'),
      cve: textAt(filters, 'cve_id'),
      nameContains: textAt(filters, 'name_contains'),
      artifacts: artifactsAt(filters, report),
      isDetailed: flagAt(filters, 'include_details'),
    },
    orderBy,
    direction: direction === 'asc' ? 'asc' : 'desc',
    limit: countAt(pagination, 'limit', 25, report),
    page: countAt(pagination, 'offset', 1, report),
  };
}

function unreadable(): Refused {
  return new Refused(415, 'Failed to parse json.');
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key] ?? {};
  if (!isJsonObject(value)) throw unreadable();
  return value;
}

function textAt(object: JsonObject, key: string): string | null {
  const value = object[key] ?? '';
  if (typeof value !== 'string') throw unreadable();
  // As everywhere in Go: what is empty was not said.
  return value === '' ? null : value;
}

function wordAt(object: JsonObject, key: string, words: readonly string[]): string | null {
  const value = textAt(object, key);
  if (value === null || words.includes(value)) return value;
  throw new Refused(400, `Invalid ${key}: ${value}`);
}

function timeAt(object: JsonObject, key: string): Date | null {
  const value = textAt(object, key);
  if (value === null) return null;
  if (!rfc3339.test(value) || Number.isNaN(Date.parse(value))) throw new Refused(400, `Invalid ${key}: ${value}`);
  return new Date(value);
}

function flagAt(object: JsonObject, key: string): boolean {
  const value = object[key] ?? false;
  if (typeof value !== 'boolean') throw unreadable();
  return value;
}

/** Numbers of rows and of pages count from 1; what is less was not said. */
function countAt(object: JsonObject, key: string, usual: number, report: Report): number {
  const value = object[key] ?? usual;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw unreadable();
  if (value >= 1) return value;
  report(`${key} is ${value}: it counts from 1`);
  return usual;
}

function artifactsAt(filters: JsonObject, report: Report): readonly string[] | null {
  if (filters.resources === undefined || filters.resources === null) return null;
  const resources = objectAt(filters, 'resources');
  reportStrange(resources, resourceNames, report);
  const artifacts = resources.artifacts ?? [];
  if (!Array.isArray(artifacts)) throw unreadable();
  return artifacts.map((artifact: unknown) => {
    if (!isJsonObject(artifact)) throw unreadable();
    const [repository, path] = [textAt(artifact, 'repo') ?? '', textAt(artifact, 'path') ?? ''];
    if (path.startsWith(`${repository}/`) || path.startsWith('default/'))
      report(`the path ${path} holds more than the path in ${repository}`);
    return `${repository}/${path}`;
  });
}

function reportStrange(object: JsonObject, known: readonly string[], report: Report): void {
  for (const key of Object.keys(object)) if (!known.includes(key)) report(`${key} is no field of this question, and is not read`);
}

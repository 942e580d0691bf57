// Reads a page of violations into rows; one row that does not parse makes the whole page unusable, for it may be the one that is missed; pure.

import { createHash } from 'node:crypto';
import { compareTexts } from '../facts/compare-texts.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { WatchRow, XrayViolation } from '../facts/watch-source.ts';
import { digestInPath, repositoryPath } from './artifact-path.ts';
import { flagAt, listAt, nameAt, objectAt, ShapeProblem, textAt, textsAt, timeAt } from './fields.ts';
import { parseSeverity } from './parse-issue.ts';

/** A page as Xray answered it. */
export interface ViolationsPage {
  /** How many there are on all pages, as Xray says; null when it does not. */
  readonly total: number | null;
  /** In the order of the answer. */
  readonly entries: readonly ViolationEntry[];
}

export interface ViolationEntry {
  /** Tells entries apart, whatever they have for keys. */
  readonly identity: string;
  /** Null when it is none of this watch, or was ignored by a rule of Xray's. */
  readonly row: WatchRow | null;
}

export type ParsedPage =
  | { readonly kind: 'parsed'; readonly page: ViolationsPage }
  | { readonly kind: 'malformed'; readonly problem: string };

/** Returns the page of a watch. */
export function parseViolations(body: unknown, watch: string): ParsedPage {
  try {
    if (!isJsonObject(body)) throw new ShapeProblem('the answer', 'is not an object');
    if (body.violations === undefined) throw new ShapeProblem('violations', 'is absent');
    const entries = listAt(body.violations, 'violations').map((entry, index) => parseEntry(entry, `violations[${index}]`, watch));
    return { kind: 'parsed', page: { total: parseTotal(body.total_violations), entries } };
  } catch (thrown) {
    // Anything else is a fault of this program.
    if (!(thrown instanceof ShapeProblem)) throw thrown;
    return { kind: 'malformed', problem: thrown.message };
  }
}

function parseTotal(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new ShapeProblem('total_violations', 'is not a count');
  return value;
}

function parseEntry(value: unknown, path: string, asked: string): ViolationEntry {
  const entry = objectAt(value, path);
  const watch = textAt(entry.watch_name, `${path}.watch_name`) || asked;
  const violations = parseMatches(entry, path, watch);
  const artifacts = [
    ...textsAt(entry.impacted_artifacts, `${path}.impacted_artifacts`),
    ...textsAt(entry.impact_artifacts, `${path}.impact_artifacts`),
  ];
  const created = timeAt(entry.created, `${path}.created`);
  if (created === '') throw new ShapeProblem(`${path}.created`, 'is absent or no time');
  const paths = sorted(artifacts.map(repositoryPath));
  const digests = sorted(paths.map(digestInPath).filter((digest) => digest !== null));
  const key = parseKey(entry, path, { created, paths });
  const isOurs = watch === asked && violations.length > 0;
  return {
    identity: sha256(JSON.stringify(entry)),
    row: isOurs ? { key, createdAt: new Date(created), violations, paths, digests } : null,
  };
}

/** One for each policy and rule that matched. Where Xray names none the watch still found it; those that it ignored are none. */
function parseMatches(entry: JsonObject, path: string, watch: string): readonly XrayViolation[] {
  const common = {
    type: nameAt(entry.type, `${path}.type`).trim().toLowerCase().replaceAll(/[ -]/g, '_'),
    severity: parseSeverity(entry.severity, `${path}.severity`),
    watch,
    issue: nameAt(entry.issue_id, `${path}.issue_id`),
  };
  const matches = listAt(entry.matched_policies, `${path}.matched_policies`).map((item, index) => {
    const place = `${path}.matched_policies[${index}]`;
    const match = objectAt(item, place);
    return {
      policy: textAt(match.policy, `${place}.policy`),
      rule: textAt(match.rule, `${place}.rule`),
      isIgnored: flagAt(match.is_ignored, `${place}.is_ignored`),
    };
  });
  if (matches.length === 0) return [{ ...common, policy: '', rule: '' }];
  return matches
    .filter(({ isIgnored }) => !isIgnored)
    .map(({ policy, rule }) => ({ ...common, policy, rule }))
    .toSorted((a, b) => compareTexts(a.policy, b.policy) || compareTexts(a.rule, b.rule));
}

/** The details' URL names watch, issue and component, but not the artifact; one without a component may be that of anything. */
function parseKey(
  entry: JsonObject,
  path: string,
  { created, paths }: { readonly created: string; readonly paths: readonly string[] },
): string {
  const id = parseId(entry.violation_id, `${path}.violation_id`);
  // Two artifacts under one id are two rows, and a window may hold but one of them.
  if (id !== '') return `${id} ${sha256(JSON.stringify(paths))}`;
  const url = textAt(entry.violation_details_url, `${path}.violation_details_url`);
  // The host is one that only Xray itself can reach, and may change.
  const fromApi = /\/api\/.*$/.exec(url)?.[0];
  if (fromApi?.includes('comp_id=')) return `${fromApi} ${sha256(JSON.stringify(paths))}`;
  const components = [
    ...textsAt(entry.infected_components, `${path}.infected_components`),
    ...textsAt(entry.infected_component, `${path}.infected_component`),
  ];
  return sha256(JSON.stringify([entry.watch_name, entry.issue_id, created, paths, sorted(components)]));
}

/** Ids are texts of 19 digits; as numbers they are rounded, and then two of them may be one. */
function parseId(value: unknown, path: string): string {
  return typeof value === 'number' ? (Number.isSafeInteger(value) ? String(value) : '') : textAt(value, path);
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted(compareTexts);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

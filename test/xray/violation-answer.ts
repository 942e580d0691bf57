// Answers a question for violations: which rows, in which order, which page of them, and how they are written.

import { listOf, scoreOf } from './bodies.ts';
import { watchId } from './rows.ts';
import { severityRank } from './severities.ts';
import { isAtLeast, type Switches } from './switches.ts';
import type { ViolationQuestion } from './violation-question.ts';
import type { Row } from './watch-list.ts';

type Body = Record<string, unknown>;

export interface ViolationAnswer {
  readonly body: Body;
  readonly problems: readonly string[];
}

/** Tells whether nothing narrows the question: on a large instance the answer to it never comes. */
export function isUnfiltered({ filters }: ViolationQuestion): boolean {
  return filters.watch === null && filters.createdFrom === null;
}

/** Returns the page that was asked for. */
export function answerViolations(rows: readonly Row[], question: ViolationQuestion, switches: Switches): ViolationAnswer {
  const isModern = isAtLeast(switches.version, '3.88.10');
  const matching = rows.filter((row) => matches(row, question, { isModern, isInclusive: switches.createdFrom === 'inclusive' }));
  const listed = switches.rows === 'together' ? together(matching) : matching;
  // Older versions do not read the direction. No source says which one they take, so it is the one that a reader of `created` does not expect.
  const sorted = inOrder(listed, question.orderBy, isModern ? question.direction : 'desc');
  const page = sorted.slice((question.page - 1) * question.limit, question.page * question.limit);
  const lastPage = Math.max(1, Math.ceil(sorted.length / question.limit));
  return {
    body: {
      total_violations: sorted.length,
      violations:
        page.length === 0 && switches.emptyLists !== 'empty'
          ? null
          : page.map((row) => rowBody(row, question.filters.isDetailed, switches)),
    },
    problems: [
      // A reader that turns pages until one is short asks for one page too many, never for two.
      ...(question.page > lastPage + 1
        ? [`offset is ${question.page}, and ${lastPage} is the last page: it is the number of a page, not of a row`]
        : []),
      ...(isModern ? [] : unknownBefore(question)),
    ],
  };
}

/** Returns the one row behind a `violation_details_url`, or null. */
export function answerDetails(rows: readonly Row[], query: URLSearchParams, switches: Switches): Body | null {
  const row = rows.find(
    ({ watch, issue, component }) =>
      watchId(watch) === query.get('watch_id') && issue === query.get('issue_id') && component === query.get('comp_id'),
  );
  return row === undefined ? null : rowBody(row, true, switches);
}

function unknownBefore({ filters }: ViolationQuestion): readonly string[] {
  const { createdUntil, cve, issue, artifacts } = filters;
  const given = { created_until: createdUntil, cve_id: cve, issue_id: issue, resources: artifacts };
  return Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [`${name} is not read before 3.88.10`]));
}

function matches(
  row: Row,
  { filters }: ViolationQuestion,
  { isModern, isInclusive }: { readonly isModern: boolean; readonly isInclusive: boolean },
): boolean {
  const { watch, createdFrom, createdUntil, minSeverity, type, issue, cve, nameContains, artifacts } = filters;
  if (watch !== null && row.watch !== watch) return false;
  if (createdFrom !== null && (row.createdAt < createdFrom || (!isInclusive && row.createdAt.getTime() === createdFrom.getTime())))
    return false;
  if (minSeverity !== null && severityRank(row.severity) < severityRank(minSeverity)) return false;
  if (type !== null && row.type !== type) return false;
  if (nameContains !== null && !row.summary.toLowerCase().includes(nameContains.toLowerCase())) return false;
  if (!isModern) return true;
  if (createdUntil !== null && row.createdAt > createdUntil) return false;
  if (issue !== null && row.issue !== issue) return false;
  if (cve !== null && !row.cves.includes(cve)) return false;
  return artifacts === null || row.artifacts.some((path) => artifacts.includes(path.replace(/^default\//, '')));
}

/** One row for all artifacts with the same issue and component, as old as the first of them. */
function together(rows: readonly Row[]): readonly Row[] {
  const groups = Map.groupBy(rows, ({ watch, type, issue, component }) => JSON.stringify([watch, type, issue, component]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group.toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
    return first === undefined ? [] : [{ ...first, artifacts: group.flatMap(({ artifacts }) => artifacts) }];
  });
}

function inOrder(rows: readonly Row[], orderBy: string, direction: 'asc' | 'desc'): readonly Row[] {
  const sign = direction === 'asc' ? 1 : -1;
  return rows.toSorted((one, other) => sign * compareBy(one, other, orderBy));
}

function compareBy(one: Row, other: Row, orderBy: string): number {
  switch (orderBy) {
    case 'severity':
      return severityRank(one.severity) - severityRank(other.severity);
    case 'summary':
      return compareTexts(one.summary, other.summary);
    case 'type':
      return compareTexts(one.type, other.type);
    case 'watcher_name':
      return compareTexts(one.watch, other.watch);
    case 'issue_id':
      return compareTexts(one.issue, other.issue);
    default:
      return one.createdAt.getTime() - other.createdAt.getTime();
  }
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function rowBody(row: Row, isDetailed: boolean, switches: Switches): Body {
  const isOld = switches.rowForm === 'old';
  const components = [row.component];
  const artifacts = isOld ? row.artifacts.map((path) => path.replace(/^default\//, '')) : row.artifacts;
  return {
    description: row.summary,
    severity: row.severity,
    type: row.type,
    ...(isOld ? { infected_component: components } : { infected_components: components }),
    created: isOld ? threeHoursEast(row.createdAt) : row.createdAt.toISOString().replace('.000', ''),
    watch_name: row.watch,
    issue_id: row.issue,
    violation_details_url: `${isOld ? 'localhost:8000' : 'http://localhost:8046/xray'}/api/v1/violations?${detailsQuery(row)}`,
    ...(isOld ? { impact_artifacts: artifacts } : { impacted_artifacts: artifacts }),
    ...(isDetailed ? detailsBody(row, switches) : {}),
  };
}

/** With slashes escaped and colons not, as Xray writes it. */
function detailsQuery({ watch, issue, component }: Row): string {
  const escaped = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':');
  return `watch_id=${watchId(watch)}&issue_id=${escaped(issue)}&comp_id=${escaped(component)}`;
}

function threeHoursEast(date: Date): string {
  return new Date(date.getTime() + 3 * 3_600_000).toISOString().replace('.000Z', '+03:00');
}

function detailsBody(row: Row, { emptyLists }: Switches): Body {
  const isSecurity = row.type === 'Security';
  return {
    violation_id: row.id,
    summary: row.summary,
    ...(isSecurity ? { provider: 'JFrog' } : {}),
    ...(isSecurity ? listOf(emptyLists, 'infected_versions', row.version === '' ? [] : [`(,${row.fixed[0] ?? ''})`]) : {}),
    ...(isSecurity
      ? listOf(
          emptyLists,
          'fix_versions',
          row.fixed.map((version) => `[${version}]`),
        )
      : {}),
    matched_policies: row.policies.map(({ policy, rule, isBlocking, isSkippingNotApplicable }) => ({
      policy,
      rule,
      is_blocking: isBlocking,
      ...(isSkippingNotApplicable ? { is_skip_not_applicable: true } : {}),
    })),
    ...(isSecurity ? listOf(emptyLists, 'properties', propertiesOf(row)) : {}),
    applicability: null,
    ...(row.applicability === null ? {} : { applicability_details: row.cves.map((cve) => applicabilityBody(row, cve)) }),
    ...(row.risk === null
      ? {}
      : {
          operational_risk: {
            risk: row.risk.risk,
            risk_reason: row.risk.reason,
            ...(row.risk.endOfLife === undefined ? {} : { is_eol: row.risk.endOfLife }),
            ...(row.risk.latestVersion === undefined ? {} : { latest_version: row.risk.latestVersion, newer_versions: 1 }),
          },
        }),
  };
}

function propertiesOf(row: Row): readonly Body[] {
  const score = scoreOf(row.cvss ?? undefined);
  return row.cves.length === 0 && row.cvss !== null ? [score] : row.cves.map((cve) => ({ cve, ...score }));
}

function applicabilityBody(row: Row, cve: string): Body {
  return {
    component_id: row.image === null ? '' : `docker://${row.image.name}`,
    source_comp_id: row.component,
    vulnerability_id: cve,
    result: row.applicability,
  };
}

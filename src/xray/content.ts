// Brings what Xray says of one digest into one order, each thing once, so that equal answers are equal texts; pure.

import { compareTexts } from '../facts/compare-texts.ts';
import type { Issue, IssueComponent, License, OperationalRisk, ScanContent, Severity } from '../facts/scan.ts';

/** `unknown` before `information`: it may be anything, and information is known to be harmless. */
const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'unknown', 'information'];

/**
 * Strongest first. A result that is not listed is no proof of anything and stands with the undetermined ones. Nothing said
 * (empty) stands before `not_applicable`, so that this word needs the agreement of all.
 */
const applicabilities: readonly string[] = [
  'applicable',
  'undetermined',
  'missing_context',
  'not_covered',
  'not_scanned',
  'rescan_required',
  'upgrade_required',
  'technology_unsupported',
];
const rankOfOtherResult = applicabilities.length;

/**
 * Returns the content of a digest from all that was found under it. An artifact that lies in several repositories is
 * reported once or several times; issues of one id become one, with everything either of them says and the graver judgement.
 * Operational risks that differ in anything stay beside each other.
 */
export function scanContent({ issues, licenses, operationalRisks }: ScanContent): ScanContent {
  return {
    issues: mergeBy(issues, (issue) => issue.id, mergeIssues).map(orderedIssue),
    licenses: mergeBy(licenses, (license) => license.name, mergeLicenses).map((license) => ({
      ...license,
      components: sortedTexts(license.components),
    })),
    operationalRisks: mergeBy(operationalRisks, riskKey, (risk) => risk),
  };
}

/** Returns the strongest result; empty when there is none or one of them is empty and the rest say `not_applicable`. */
export function strongestApplicability(results: readonly string[]): string {
  return results.toSorted((a, b) => applicabilityRank(a) - applicabilityRank(b) || compareTexts(a, b))[0] ?? '';
}

function applicabilityRank(result: string): number {
  if (result === 'not_applicable') return rankOfOtherResult + 2;
  if (result === '') return rankOfOtherResult + 1;
  const rank = applicabilities.indexOf(result);
  return rank === -1 ? rankOfOtherResult : rank;
}

function mergeIssues(a: Issue, b: Issue): Issue {
  return {
    id: a.id,
    cves: [...a.cves, ...b.cves],
    severity: severities.indexOf(a.severity) <= severities.indexOf(b.severity) ? a.severity : b.severity,
    cvss: a.cvss === null || b.cvss === null ? (a.cvss ?? b.cvss) : Math.max(a.cvss, b.cvss),
    applicability: strongestApplicability([a.applicability, b.applicability]),
    malicious: a.malicious || b.malicious,
    // The earlier one: since then it could be known. Texts of one form compare as times do.
    publishedAt: sortedTexts([a.publishedAt, b.publishedAt].filter((time) => time !== ''))[0] ?? '',
    components: [...a.components, ...b.components],
  };
}

function mergeLicenses(a: License, b: License): License {
  return { name: a.name, components: [...a.components, ...b.components] };
}

function orderedIssue(issue: Issue): Issue {
  const components = mergeBy(issue.components, componentKey, (a, b) => ({ ...a, fixedVersions: [...a.fixedVersions, ...b.fixedVersions] }));
  return {
    ...issue,
    cves: sortedTexts(issue.cves),
    components: components.map((component) => ({ ...component, fixedVersions: sortedTexts(component.fixedVersions) })),
  };
}

/** A NUL sorts before every character, so that ids stay in order whatever versions follow them. */
function componentKey(component: IssueComponent): string {
  return `${component.id}\0${component.version}`;
}

function riskKey({ component, risk, reason, endOfLife, latestVersion }: OperationalRisk): string {
  return [component, risk, reason, String(endOfLife), latestVersion].join('\0');
}

function mergeBy<T>(items: readonly T[], keyOf: (item: T) => string, merge: (a: T, b: T) => T): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const earlier = byKey.get(key);
    byKey.set(key, earlier === undefined ? item : merge(earlier, item));
  }
  return [...byKey].toSorted(([a], [b]) => compareTexts(a, b)).map(([, item]) => item);
}

function sortedTexts(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted(compareTexts);
}

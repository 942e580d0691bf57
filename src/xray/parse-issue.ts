// Reads one entry of an artifact's `issues` as Xray writes it, with the oddities its versions are known for; pure.

import type { JsonObject } from '../facts/json.ts';
import type { Issue, IssueComponent, Severity } from '../facts/scan.ts';
import { strongestApplicability } from './content.ts';
import { flagAt, listAt, nameAt, objectAt, ShapeProblem, textAt, textsAt, timeAt } from './fields.ts';

/** Xray's words of today, and those of 1.x and 2.x by the CVSS ranges they stood for (Minor 1-4, Major 4-7). */
const severityOfWord: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  major: 'medium',
  low: 'low',
  minor: 'low',
  information: 'information',
  normal: 'information',
};

/**
 * Returns the issue, or null for one that is about a licence or an operational risk. A type that is absent or not known
 * counts as security: shown and judged by its severity rather than hidden. Throws `ShapeProblem`.
 */
export function parseIssue(value: unknown, path: string): Issue | null {
  const issue = objectAt(value, path);
  if (/licen[cs]e|operational/i.test(textAt(issue.issue_type, `${path}.issue_type`))) return null;
  const id = nameAt(issue.issue_id, `${path}.issue_id`);
  const entries = listAt(issue.cves, `${path}.cves`).map((entry, index) => objectAt(entry, `${path}.cves[${index}]`));
  const cves = entries.map((entry, index) => textAt(entry.cve, `${path}.cves[${index}].cve`)).filter((cve) => cve !== '');
  return {
    id,
    cves,
    severity: parseSeverity(issue.severity, `${path}.severity`),
    cvss: highest(entries, 'cvss_v3', path) ?? highest(entries, 'cvss_v2', path),
    applicability: parseApplicability(issue, cves, path),
    malicious: flagAt(issue.malicious_package, `${path}.malicious_package`),
    publishedAt: timeAt(issue.created, `${path}.created`),
    components: listAt(issue.components, `${path}.components`).map((entry, index) => parseComponent(entry, `${path}.components[${index}]`)),
  };
}

/** Returns the severity of a word in any case; `unknown` for another word, or none. Throws `ShapeProblem`. */
export function parseSeverity(value: unknown, path: string): Severity {
  const word = textAt(value, path).trim().toLowerCase();
  return Object.hasOwn(severityOfWord, word) ? (severityOfWord[word] ?? 'unknown') : 'unknown';
}

function highest(entries: readonly JsonObject[], key: 'cvss_v3' | 'cvss_v2', path: string): number | null {
  const scores = entries.map((entry, index) => parseScore(entry[key], `${path}.cves[${index}].${key}`)).filter((score) => score !== null);
  return scores.length === 0 ? null : Math.max(...scores);
}

/** `7.5/CVSS:3.1/AV:…`, a bare `7.5`, or the number as reports give it. A text that begins with no score has none. */
function parseScore(value: unknown, path: string): number | null {
  const text = typeof value === 'number' ? String(value) : textAt(value, path);
  const score = /^\s*(\d{1,2}(?:\.\d+)?)(?:\/|\s*$)/.exec(text)?.[1];
  return score === undefined || Number(score) > 10 ? null : Number(score);
}

/** The id is kept as it is: it may or may not end in the version, and may hold colons of its own. */
function parseComponent(value: unknown, path: string): IssueComponent {
  const component = objectAt(value, path);
  return {
    id: textAt(component.component_id, `${path}.component_id`),
    version: textAt(component.version, `${path}.version`),
    fixedVersions: textsAt(component.fixed_versions, `${path}.fixed_versions`).map(withoutBrackets),
  };
}

/** `[1.16.10]` is one version; a range such as `[1.2,1.4)` would become another one without its brackets, and stays. */
function withoutBrackets(version: string): string {
  return /^\[([^,[\]]+)\]$/.exec(version)?.[1] ?? version;
}

/**
 * `applicability_details` has the result per component and CVE; `applicability` is its older form and counts only where the
 * details are missing. A CVE of the issue that no result names was not looked at, which keeps `not_applicable` from standing.
 */
function parseApplicability(issue: JsonObject, cves: readonly string[], path: string): string {
  const details = listAt(issue.applicability_details, `${path}.applicability_details`).map((entry, index) =>
    parseResult(entry, `${path}.applicability_details[${index}]`),
  );
  const results = details.length > 0 ? details : parseOlderForm(issue.applicability, `${path}.applicability`);
  const covered = new Set(results.map((result) => result.vulnerability.toLowerCase()));
  const wholeIssue = covered.has('') || covered.has(nameAt(issue.issue_id, `${path}.issue_id`).toLowerCase());
  const unseen = results.length > 0 && !wholeIssue && cves.some((cve) => !covered.has(cve.toLowerCase()));
  return strongestApplicability([...results.map((result) => result.word), ...(unseen ? ['undetermined'] : [])]);
}

interface ApplicabilityResult {
  /** Empty when it speaks of the whole issue. */
  readonly vulnerability: string;
  readonly word: string;
}

function parseResult(value: unknown, path: string): ApplicabilityResult {
  const entry = objectAt(value, path);
  return {
    vulnerability: textAt(entry.vulnerability_id, `${path}.vulnerability_id`),
    word: textAt(entry.result, `${path}.result`).trim().toLowerCase().replaceAll(/[ -]/g, '_'),
  };
}

/** Null, a flag, one object or a list of objects, each with a flag that is null where the scanner did not decide. */
function parseOlderForm(value: unknown, path: string): readonly ApplicabilityResult[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'boolean') return [{ vulnerability: '', word: wordOfFlag(value, path) }];
  const entries = Array.isArray(value) ? value : [value];
  return entries.map((item, index) => {
    const place = Array.isArray(value) ? `${path}[${index}]` : path;
    const entry = objectAt(item, place);
    return { vulnerability: textAt(entry.cve_id, `${place}.cve_id`), word: wordOfFlag(entry.applicability, `${place}.applicability`) };
  });
}

function wordOfFlag(value: unknown, path: string): string {
  if (value === undefined || value === null) return 'undetermined';
  if (typeof value !== 'boolean') throw new ShapeProblem(path, 'is not true or false');
  return value ? 'applicable' : 'not_applicable';
}

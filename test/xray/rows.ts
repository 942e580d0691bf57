// Which violations a watch sees: made of an image and the policies of the watch, or of a row that a person wrote.

import { createHash } from 'node:crypto';
import { componentsOf, cvesOf, fullNameOf, hexOf, pathOf, summaryOf } from './bodies.ts';
import type { Image, IssueSource, LicenseSource, OperationalRiskSource } from './images.ts';
import { severityRank } from './severities.ts';
import type { PolicyDefinition, RowDefinition, ViolationType, WatchDefinition } from './watches.ts';

/** What is violated, without when it was seen. */
export interface Finding {
  readonly watch: string;
  readonly type: ViolationType;
  /** XRAY-n, the key of a licence, or the component of an operational risk. */
  readonly issue: string;
  readonly severity: string;
  readonly summary: string;
  readonly component: string;
  readonly version: string;
  readonly fixed: readonly string[];
  readonly cves: readonly string[];
  readonly cvss: number | null;
  readonly applicability: string | null;
  readonly risk: OperationalRiskSource | null;
  /** As they are answered in `impacted_artifacts`. */
  readonly artifacts: readonly string[];
  /** Null for a row that a person wrote. */
  readonly image: Pick<Image, 'name' | 'digest'> | null;
  readonly policies: readonly MatchedPolicy[];
}

export interface MatchedPolicy {
  readonly policy: string;
  readonly rule: string;
  readonly isBlocking: boolean;
  readonly isSkippingNotApplicable: boolean;
}

type Subject = Pick<Finding, 'type' | 'issue' | 'summary' | 'component'> & Partial<Finding> & { readonly severityOf: SeverityOf };
/** Says as how grave a policy counts a subject; null when it allows it. */
type SeverityOf = (policy: PolicyDefinition) => string | null;

/** Returns what a watch sees in an image: one finding for each issue, component and repository. */
export function findingsOf(watch: WatchDefinition, image: Image): readonly Finding[] {
  const repositories = image.repositories.filter((repository) => watch.repositories?.includes(repository) ?? true);
  const subjects = [
    ...image.issues.flatMap((issue) => issueSubjects(issue, image)),
    ...image.licenses.flatMap((license) => licenseSubjects(license, image)),
    ...image.operationalRisks.map(riskSubject),
  ];
  return subjects.flatMap(({ severityOf, ...subject }) => {
    const matches = (watch.policies ?? []).flatMap((policy) => {
      const severity = severityOf(policy);
      return severity === null ? [] : [{ policy, severity }];
    });
    const [gravest] = matches.toSorted((one, other) => severityRank(other.severity) - severityRank(one.severity));
    if (gravest === undefined) return [];
    return repositories.map((repository) => ({
      ...nothingKnown,
      ...subject,
      watch: watch.name,
      severity: gravest.severity,
      artifacts: [`${pathOf(image, repository)}manifest.json`],
      image,
      policies: matches.map(({ policy }) => matchedPolicy(policy)),
    }));
  });
}

/** Returns the finding of a row that a person wrote. */
export function writtenFinding(watch: string, row: RowDefinition): Finding {
  return {
    ...nothingKnown,
    watch,
    type: row.type ?? 'Security',
    issue: row.issue,
    severity: row.severity,
    summary: row.summary ?? `${row.severity} violation by ${row.issue}`,
    component: row.component ?? 'npm://left:1.0.0',
    cves: row.cve === undefined ? [] : [row.cve],
    artifacts: row.artifacts,
    image: null,
    policies: [matchedPolicy({ name: row.policy ?? 'written', ...(row.rule === undefined ? {} : { rule: row.rule }) })],
  };
}

/** Returns 24 hex digits, as the identifiers of watches have. */
export function watchId(watch: string): string {
  return createHash('sha256').update(watch).digest('hex').slice(0, 24);
}

const nothingKnown = { version: '', fixed: [], cves: [], cvss: null, applicability: null, risk: null } as const;

function matchedPolicy({ name, rule, blocking, skipNotApplicable }: PolicyDefinition): MatchedPolicy {
  return { policy: name, rule: rule ?? name, isBlocking: blocking ?? false, isSkippingNotApplicable: skipNotApplicable ?? false };
}

function issueSubjects(issue: IssueSource, image: Image): readonly Subject[] {
  // A licence or a risk among the issues is another way to say what the lists of the image say.
  if (issue.type !== undefined && issue.type !== 'security') return [];
  const components = componentsOf(issue);
  const affected = components.length > 0 ? components : [{ id: imageComponent(image), version: '', fixed: [] }];
  return affected.map(({ id, version, fixed }) => ({
    type: 'Security',
    issue: issue.id,
    summary: summaryOf(issue),
    component: id,
    version,
    fixed,
    cves: cvesOf(issue),
    cvss: issue.cvss ?? null,
    applicability: issue.applicability ?? null,
    severityOf: ({ minSeverity, skipNotApplicable }) => {
      if (minSeverity === undefined || severityRank(issue.severity) < severityRank(minSeverity)) return null;
      return skipNotApplicable === true && issue.applicability === 'not_applicable' ? null : issue.severity;
    },
  }));
}

function licenseSubjects(license: LicenseSource, image: Image): readonly Subject[] {
  const { name, components = [] } = typeof license === 'string' ? { name: license } : license;
  const affected = components.length > 0 ? components : [imageComponent(image)];
  return affected.map((component) => ({
    type: 'License',
    issue: name,
    summary: fullNameOf(name),
    component,
    severityOf: ({ bannedLicenses = [], allowedLicenses, severity = 'High' }) =>
      bannedLicenses.includes(name) || allowedLicenses?.includes(name) === false ? severity : null,
  }));
}

const risks = ['None', 'Low', 'Medium', 'High'];

function riskSubject(risk: OperationalRiskSource): Subject {
  return {
    type: 'Operational_Risk',
    issue: risk.component.replace(/^[a-z]+:\/\//, '').replace(/:[^:]*$/, ''),
    summary: `${risk.component}: ${risk.reason}`,
    component: risk.component,
    risk,
    severityOf: ({ minRisk, severity = 'High' }) =>
      minRisk === undefined || risks.indexOf(risk.risk) < risks.indexOf(minRisk) ? null : severity,
  };
}

function imageComponent({ name, digest }: Image): string {
  return name.includes(':') ? `docker://${name}` : `docker://${name}:${hexOf(digest).slice(0, 12)}`;
}

// Writes images out as the bodies that Xray documents for summary/artifact.

import type { Image, IssueSource, LicenseSource, OperationalRiskSource } from './images.ts';

export type SummaryVersion = 'v1' | 'v2';

/** How a list without entries is written. `absent` spares `issues`, whose absence is a fault of its own (`issuesAbsent`). */
export type EmptyLists = 'empty' | 'null' | 'absent';

export interface BodyForm {
  readonly version: SummaryVersion;
  readonly emptyLists: EmptyLists;
}

type Body = Record<string, unknown>;

const fullNames: Readonly<Record<string, string>> = {
  MIT: 'MIT License',
  'Apache-2.0': 'Apache License 2.0',
  'AGPL-3.0': 'GNU Affero General Public License v3.0',
  'BSD-3-Clause': 'BSD 3-Clause License',
};

/**
 * Returns the folder that Xray gives as the path of an image in a repository; its manifest lies in it. The cache of a remote repository has it
 * by its digest, and so has a local one when the image is part of an index.
 */
export function pathOf(image: Pick<Image, 'name' | 'digest' | 'indexDigest'>, repository: string): string {
  const { repositoryName, tag } = split(image.name);
  const hex = hexOf(image.digest);
  const folder = repository.endsWith('-cache') ? `sha256__${hex}` : image.indexDigest === null ? tag : `sha256:${hex}`;
  return `default/${repository}/${repositoryName}/${folder}/`;
}

/** Returns one entry of `artifacts`. */
export function artifactBody(image: Image, repository: string, form: BodyForm): Body {
  const { repositoryName, tag } = split(image.name);
  const name = `${repositoryName}:${tag}`;
  const path = pathOf(image, repository);
  return {
    general: { component_id: name, name, path, pkg_type: 'Docker', sha256: hexOf(image.digest) },
    issues: image.issues.length === 0 && form.emptyLists === 'null' ? null : image.issues.map((issue) => issueBody(issue, path, form)),
    ...list(form, 'licenses', image.licenses.map(licenseBody)),
    ...list(form, 'operational_risks', image.operationalRisks.map(riskBody)),
  };
}

/** Returns the body of an answer. */
export function summaryBody(artifacts: readonly Body[], unknown: readonly string[], form: BodyForm): Body {
  const errors = unknown.map((identifier) => ({ identifier, error: "Artifact doesn't exist or not indexed/cached in Xray" }));
  return { ...list(form, 'artifacts', artifacts), ...list(form, 'errors', errors) };
}

/** Tells whether the summary knows an image: not before its scan is there. */
export function isScanned({ status }: Image): boolean {
  return status === 'DONE' || status === 'PARTIAL';
}

/** Returns the hex digits of a digest, which is all that Xray knows of it. */
export function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}

function issueBody(issue: IssueSource, path: string, form: BodyForm): Body {
  const components = componentsOf(issue);
  const cves = cvesOf(issue);
  // An issue with a score and no CVE has an entry all the same: a score has no other place.
  const entries = cves.length === 0 && issue.cvss !== undefined ? [{}] : cves.map((cve) => ({ cve }));
  const summary = summaryOf(issue);
  return {
    issue_id: issue.id,
    summary,
    description: summary,
    issue_type: issue.type ?? 'security',
    severity: issue.severity,
    provider: 'JFrog',
    created: issue.publishedAt ?? '2025-03-04T00:00:00.118Z',
    ...list(
      form,
      'cves',
      entries.map((entry) => ({ ...entry, ...scoreOf(issue.cvss) })),
    ),
    impact_path: components.map((component) => `${path}sha256__layer.tar.gz/${component.id}`),
    ...(form.version === 'v1'
      ? {}
      : list(
          form,
          'components',
          components.map((component) => componentBody(component, form)),
        )),
    applicability: null,
    ...applicabilityBody(issue, cves, path),
    ...(issue.malicious === undefined ? {} : { malicious_package: issue.malicious }),
  };
}

/** Returns all CVEs of an issue, in whichever field they stand. */
export function cvesOf(issue: IssueSource): readonly string[] {
  return [...(issue.cve === undefined ? [] : [issue.cve]), ...(issue.cves ?? [])];
}

/** Returns the summary of an issue; one is made up where nobody wrote any. */
export function summaryOf(issue: IssueSource): string {
  const components = componentsOf(issue).map((component) => component.id);
  return issue.summary ?? `${issue.severity} issue in ${components.join(', ') || 'the image'}`;
}

/** Returns the fields of a CVSS score; none where there is no score. */
export function scoreOf(cvss: number | undefined): Body {
  return cvss === undefined ? {} : { cvss_v3: `${cvss.toFixed(1)}/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N`, cwe: ['CWE-20'] };
}

export interface Component {
  readonly id: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

/** Returns the components of an issue, short form and long. */
export function componentsOf(issue: IssueSource): readonly Component[] {
  const short = issue.component === undefined ? [] : [{ id: issue.component, fixed: issue.fixed ?? [] }];
  return [...short, ...(issue.components ?? [])].map((component) => ({
    id: component.id,
    version: ('version' in component ? component.version : undefined) ?? versionOf(component.id),
    fixed: component.fixed ?? [],
  }));
}

/** `npm://moment:2.29.3` ends in its version, `github.com/golang/go` and `3.23:libssl3` do not. */
function versionOf(id: string): string {
  return /:(v?\d[^:/]*)$/.exec(id)?.[1] ?? '';
}

function componentBody(component: Component, form: BodyForm): Body {
  const type = /^([a-z]+):\/\//.exec(component.id)?.[1];
  return {
    component_id: component.id,
    ...(component.version === '' ? {} : { version: component.version }),
    ...(type === undefined ? {} : { pkg_type: type }),
    ...list(
      form,
      'fixed_versions',
      component.fixed.map((version) => `[${version}]`),
    ),
  };
}

function applicabilityBody(issue: IssueSource, cves: readonly string[], path: string): Body {
  if (issue.applicability === undefined) return {};
  const result = issue.applicability;
  return {
    applicability_details: cves.map((cve) => ({
      component_id: path,
      source_comp_id: issue.component ?? issue.components?.[0]?.id ?? '',
      vulnerability_id: cve,
      result,
    })),
  };
}

/** Returns the name of a licence in words. */
export function fullNameOf(license: string): string {
  return fullNames[license] ?? (license === 'Unknown' ? 'Unknown license' : license);
}

function licenseBody(license: LicenseSource): Body {
  const { name, components = [] } = typeof license === 'string' ? { name: license } : license;
  return {
    name,
    full_name: fullNameOf(name),
    more_info_url: name === 'Unknown' ? ['Unknown link'] : [`https://spdx.org/licenses/${name}.html`],
    components,
  };
}

function riskBody({ component, risk, reason, endOfLife, latestVersion }: OperationalRiskSource): Body {
  return {
    component_id: component,
    risk,
    risk_reason: reason,
    ...(endOfLife === undefined ? {} : { is_eol: endOfLife, eol_message: endOfLife ? 'No release mends it any more' : '' }),
    ...(latestVersion === undefined ? {} : { latest_version: latestVersion, newer_versions: 1 }),
  };
}

function list(form: BodyForm, key: string, items: readonly unknown[]): Body {
  return listOf(form.emptyLists, key, items);
}

/** Returns the field of a list, written as wished when it is empty. */
export function listOf(emptyLists: EmptyLists, key: string, items: readonly unknown[]): Body {
  if (items.length > 0 || emptyLists === 'empty') return { [key]: items };
  return emptyLists === 'null' ? { [key]: null } : {};
}

function split(name: string): { readonly repositoryName: string; readonly tag: string } {
  const colon = name.lastIndexOf(':');
  return colon === -1 ? { repositoryName: name, tag: 'latest' } : { repositoryName: name.slice(0, colon), tag: name.slice(colon + 1) };
}

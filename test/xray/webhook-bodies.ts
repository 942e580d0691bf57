// Bodies of Xray's webhooks, as three generations of it write them, about issues and licences of images.

import { createHash } from 'node:crypto';
import { componentsOf, cvesOf, fullNameOf, hexOf, pathOf, summaryOf } from './bodies.ts';
import { digestOf, type Image, type IssueSource, type LicenseSource } from './images.ts';
import { severities, severityRank } from './severities.ts';

export interface WebhookEvent {
  /** What is impacted: each issue and licence names all of them. An image of the catalogue, or one that is made up. */
  readonly images: readonly Pick<Image, 'name' | 'digest' | 'repositories'>[];
  readonly issues?: readonly IssueSource[];
  readonly licenses?: readonly LicenseSource[];
  /** As it is written; null leaves the field out, as Xray did for years. `1.1` when omitted. */
  readonly schemaVersion?: '1.1' | '1.0' | null;
  readonly watch?: string;
  readonly policy?: string;
  readonly rule?: string;
  readonly createdAt?: Date;
  /** `Docker` when omitted. For `Build` the artifact is a build, and its checksum is none of an image. */
  readonly packageType?: string;
  /** How many files each issue names in each artifact; 1 when omitted. Real bodies had 443, which is what makes them large. */
  readonly infectedFiles?: number;
  /** The word for the type of licence issues; `License` when omitted, which is the one that was seen. */
  readonly licenseType?: string;
}

type Body = Record<string, unknown>;

/** Returns the body, about all images. */
export function webhookBody(event: WebhookEvent): Body {
  const { schemaVersion = '1.1', watch = 'production', policy = 'no-high', createdAt = new Date('2026-05-11T08:12:42.935Z') } = event;
  const issues = [
    ...(event.issues ?? []).map((issue) => issueBody(issue, event)),
    ...(event.licenses ?? []).map((license) => licenseBody(license, event)),
  ];
  const grave = issues.map(({ severity }) => severity).toSorted((one, other) => severityRank(other) - severityRank(one));
  return {
    ...(schemaVersion === null ? {} : { schema_version: schemaVersion }),
    ...(schemaVersion === '1.1' ? { alert_id: shaOf('sha256', `${watch} ${createdAt.toISOString()}`).slice(0, 24) } : {}),
    // In nanoseconds.
    created: createdAt.toISOString().replace('Z', '220997Z'),
    top_severity: grave[0] ?? severities[0],
    watch_name: watch,
    policy_name: policy,
    ...(schemaVersion === '1.1' ? { policy_rule: event.rule ?? policy } : {}),
    issues,
  };
}

function issueBody(issue: IssueSource, event: WebhookEvent): Body & { readonly severity: string } {
  const [cve] = cvesOf(issue);
  const [component = { id: 'npm://thing:1.0.0' }] = componentsOf(issue);
  return {
    ...(event.schemaVersion === undefined || event.schemaVersion === '1.1' ? { vulnerability_id: issue.id } : {}),
    severity: issue.severity,
    type: issue.type ?? 'security',
    provider: 'JFrog',
    created: issue.publishedAt ?? '2025-03-04T00:00:00.118Z',
    summary: summaryOf(issue),
    description: summaryOf(issue),
    impacted_artifacts: event.images.map((image) => artifactBody(image, component.id, event)),
    ...(cve === undefined ? {} : { cve }),
  };
}

/** A licence has no provider, no time and no CVE. */
function licenseBody(license: LicenseSource, event: WebhookEvent): Body & { readonly severity: string } {
  const { name, components = [] } = typeof license === 'string' ? { name: license } : license;
  return {
    severity: 'High',
    type: event.licenseType ?? 'License',
    summary: name,
    description: fullNameOf(name),
    impacted_artifacts: event.images.map((image) => artifactBody(image, components[0] ?? 'npm://thing:1.0.0', event)),
  };
}

function artifactBody(image: WebhookEvent['images'][number], component: string, event: WebhookEvent): Body {
  const { packageType = 'Docker', infectedFiles = 1 } = event;
  const isImage = /^(docker|oci)$/i.test(packageType);
  const sha256 = hexOf(isImage ? image.digest : digestOf(`${packageType} ${image.name}`));
  const folder = pathOf({ name: image.name, digest: image.digest, indexDigest: null }, image.repositories[0] ?? 'docker-local');
  return {
    name: isImage ? 'manifest.json' : image.name.replace(/^.*\//, '').replace(/:.*$/, ''),
    display_name: image.name.includes(':') ? image.name : `${image.name}:latest`,
    path: packageType === 'Build' ? 'default/artifactory-build-info/' : folder,
    pkg_type: packageType,
    sha256,
    sha1: isImage ? '' : shaOf('sha1', image.name),
    depth: 0,
    parent_sha: sha256,
    infected_files: Array.from({ length: infectedFiles }, (_, index) => fileBody(component, sha256, index)),
  };
}

/** Every second file has a checksum that Xray made up: no file has it. */
function fileBody(component: string, parent: string, index: number): Body {
  const [, type = 'Generic', name = component] = /^([a-z]+):\/\/(.*)$/.exec(component) ?? [];
  const sha1 = shaOf('sha1', `${component} ${index}`);
  return {
    name: name.replace(/^.*\//, ''),
    path: index === 0 ? '' : `usr/lib/part-${index}/`,
    sha256: index % 2 === 1 ? `${'0'.repeat(24)}${sha1}` : shaOf('sha256', `${component} ${index}`),
    depth: 0,
    parent_sha: parent,
    display_name: name,
    pkg_type: type,
  };
}

function shaOf(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

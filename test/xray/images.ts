// The images that the stand-in knows, in a shape that a person writes, checked, with the place of a mistake named.

import { createHash } from 'node:crypto';
import { createCheck } from './check.ts';

/** A component with an issue, when one line does not say enough. */
export interface ComponentSource {
  readonly id: string;
  readonly version?: string;
  readonly fixed?: readonly string[];
}

/** An issue as a person writes it. `component` with `fixed` is the short form of one entry of `components`. */
export interface IssueSource {
  readonly id: string;
  readonly severity: string;
  readonly cve?: string;
  readonly cves?: readonly string[];
  readonly cvss?: number;
  readonly summary?: string;
  /** `security` when omitted. */
  readonly type?: string;
  readonly component?: string;
  readonly fixed?: readonly string[];
  readonly components?: readonly ComponentSource[];
  /** The result of contextual analysis for every CVE and component of the issue; omitted: not analysed. */
  readonly applicability?: string;
  readonly malicious?: boolean;
  /** A time as Xray writes it in `created`; some day in 2025 when omitted. */
  readonly publishedAt?: string;
}

export type LicenseSource = string | { readonly name: string; readonly components?: readonly string[] };

export interface OperationalRiskSource {
  readonly component: string;
  readonly risk: string;
  readonly reason: string;
  /** Omitted: Xray does not say. */
  readonly endOfLife?: boolean;
  readonly latestVersion?: string;
}

/** As artifact/status says it. */
export type ScanStatus = 'NOT_SUPPORTED' | 'NOT_SCANNED' | 'PENDING' | 'SCANNING' | 'DONE' | 'PARTIAL' | 'FAILED';

/** An image as a person writes it. */
export interface ImageSource {
  /** `shop/api:1.4`; without a tag it is `latest`. */
  readonly name: string;
  /** `sha256:<hex>`; omitted: `digestOf(name)`. */
  readonly digest?: string;
  /** Of the index that the image is part of: nodes report it, and Xray knows nothing of it. */
  readonly indexDigest?: string;
  /** How far the scan is; `DONE` when omitted. Before DONE and PARTIAL the summary does not know the image. */
  readonly status?: ScanStatus;
  /** The Artifactory repositories that hold it, one artifact each; `docker-local` when omitted. */
  readonly repositories?: readonly string[];
  readonly issues?: readonly IssueSource[];
  readonly licenses?: readonly LicenseSource[];
  readonly operationalRisks?: readonly OperationalRiskSource[];
}

/** An image with everything filled in. */
export interface Image {
  readonly name: string;
  readonly digest: string;
  readonly indexDigest: string | null;
  readonly repositories: readonly string[];
  readonly status: ScanStatus;
  readonly issues: readonly IssueSource[];
  readonly licenses: readonly LicenseSource[];
  readonly operationalRisks: readonly OperationalRiskSource[];
}

const texts = { type: 'array', items: { type: 'string', minLength: 1 } } as const;
const severities = ['Critical', 'High', 'Medium', 'Low', 'Information', 'Unknown', 'Major', 'Minor', 'Normal', 'Pending'] as const;

const issueSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'severity'],
  properties: {
    id: { type: 'string', minLength: 1 },
    severity: { enum: severities },
    cve: { type: 'string', pattern: '^CVE-' },
    cves: texts,
    cvss: { type: 'number', minimum: 0, maximum: 10 },
    summary: { type: 'string' },
    type: { enum: ['security', 'license', 'operational risk'] },
    component: { type: 'string', minLength: 1 },
    fixed: texts,
    components: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id'],
        properties: { id: { type: 'string', minLength: 1 }, version: { type: 'string' }, fixed: texts },
      },
    },
    applicability: { type: 'string', minLength: 1 },
    malicious: { type: 'boolean' },
    publishedAt: { type: 'string', minLength: 1 },
  },
} as const;

const licenseSchema = {
  type: ['string', 'object'],
  minLength: 1,
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1 }, components: texts },
} as const;

const imageSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$' },
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    indexDigest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    status: { enum: ['NOT_SUPPORTED', 'NOT_SCANNED', 'PENDING', 'SCANNING', 'DONE', 'PARTIAL', 'FAILED'] },
    repositories: { ...texts, minItems: 1, uniqueItems: true },
    issues: { type: 'array', items: issueSchema },
    licenses: { type: 'array', items: licenseSchema },
    operationalRisks: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['component', 'risk', 'reason'],
        properties: {
          component: { type: 'string' },
          risk: { enum: ['High', 'Medium', 'Low', 'None'] },
          reason: { type: 'string' },
          endOfLife: { type: 'boolean' },
          latestVersion: { type: 'string', minLength: 1 },
        },
      },
    },
  },
} as const;

const checkImage = createCheck<ImageSource>('image', imageSchema);

/** Returns the digest of an image whose file gives none: made of its name, so that a test can know it. */
export function digestOf(name: string): string {
  return `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

/** Returns the image with everything filled in. Throws an error that names `place` and the field. */
export function parseImage(value: unknown, place: string): Image {
  const image = checkImage(value, place);
  return {
    name: image.name,
    digest: image.digest ?? digestOf(image.name),
    indexDigest: image.indexDigest ?? null,
    repositories: image.repositories ?? ['docker-local'],
    status: image.status ?? 'DONE',
    issues: image.issues ?? [],
    licenses: image.licenses ?? [],
    operationalRisks: image.operationalRisks ?? [],
  };
}

/** Returns the issue. Throws an error that names `place` and the field. */
export const parseIssue = createCheck<IssueSource>('issue', issueSchema);

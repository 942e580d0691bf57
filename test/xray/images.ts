// The images that the stand-in knows, in a shape that a person writes: YAML files, checked, with the place of a mistake named.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

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

/** An image as a person writes it. */
export interface ImageSource {
  /** `shop/api:1.4`; without a tag it is `latest`. */
  readonly name: string;
  /** `sha256:<hex>`; omitted: `digestOf(name)`. */
  readonly digest?: string;
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
  readonly repositories: readonly string[];
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

const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false });
const isImageSource = ajv.compile<ImageSource>(imageSchema);
const isIssueSource = ajv.compile<IssueSource>(issueSchema);

/** Returns the digest of an image whose file gives none: made of its name, so that a test can know it. */
export function digestOf(name: string): string {
  return `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

/** Returns the image with everything filled in. Throws an error that names `place` and the field. */
export function parseImage(value: unknown, place: string): Image {
  if (!isImageSource(value)) throw new Error(`${place}: ${describe(isImageSource.errors)}`);
  return {
    name: value.name,
    digest: value.digest ?? digestOf(value.name),
    repositories: value.repositories ?? ['docker-local'],
    issues: value.issues ?? [],
    licenses: value.licenses ?? [],
    operationalRisks: value.operationalRisks ?? [],
  };
}

/** Returns the issue. Throws an error that names `place` and the field. */
export function parseIssue(value: unknown, place: string): IssueSource {
  if (!isIssueSource(value)) throw new Error(`${place}: ${describe(isIssueSource.errors)}`);
  return value;
}

/** Returns the images of a YAML text: one image, or a list of them. Throws an error that names `file` and the field. */
export function parseImages(text: string, file: string): readonly Image[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : cause}`, { cause });
  }
  return Array.isArray(value) ? value.map((item, index) => parseImage(item, `${file}: [${index}]`)) : [parseImage(value, file)];
}

/** Reads all `*.yaml` of a directory, in the order of their names. A digest may be there once. */
export async function readImages(directory: string): Promise<readonly Image[]> {
  const files = (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file)).toSorted();
  const fileOfDigest = new Map<string, string>();
  const images: Image[] = [];
  for (const file of files) {
    for (const image of parseImages(await readFile(join(directory, file), 'utf8'), file)) {
      const other = fileOfDigest.get(image.digest);
      if (other !== undefined) throw new Error(`${file}: digest: ${image.digest} is in ${other} already`);
      fileOfDigest.set(image.digest, file);
      images.push(image);
    }
  }
  return images;
}

/** The first mistake is told; with the allowed words or the misspelt one where the validator leaves them out. */
function describe(errors: readonly ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  if (error === undefined) return 'is not an image';
  const path =
    error.instancePath
      .slice(1)
      .replaceAll(/\/(\d+)/g, '[$1]')
      .replaceAll('/', '.') || 'image';
  const { additionalProperty, allowedValues } = error.params;
  if (typeof additionalProperty === 'string') return `${path} has a field that does not exist: ${additionalProperty}`;
  if (Array.isArray(allowedValues)) return `${path} ${error.message}: ${allowedValues.join(', ')}`;
  return `${path} ${error.message}`;
}

// Reads an answer of summary/artifact into what it says of each digest asked; a place that does not parse is never read as clean; pure.

import { compareTexts } from '../facts/compare-texts.ts';
import type { JsonObject } from '../facts/json.ts';
import { isJsonObject } from '../facts/json.ts';
import type { Issue, License, OperationalRisk, ScanAnswer } from '../facts/scan.ts';
import { repositoryPath } from './artifact-path.ts';
import { scanContent } from './content.ts';
import { shapeReason } from './errors.ts';
import { listAt, nameAt, objectAt, ShapeProblem, textAt, textsAt } from './fields.ts';
import { parseIssue } from './parse-issue.ts';
import { parseRisk } from './parse-risk.ts';

/** Either an answer for each digest asked, or why the body as a whole says nothing. */
export type Summary =
  | { readonly kind: 'parsed'; readonly answers: ReadonlyMap<string, ScanAnswer> }
  | { readonly kind: 'malformed'; readonly problem: string };

/**
 * Returns what the body says of each of `digests` (`sha256:<hex>`; the map has exactly these).
 *
 * Artifacts are found by `general.sha256` and errors by `identifier`, never by order; several artifacts of one digest are merged.
 * In neither list: `unscanned`. Trouble with one artifact is `unavailable` for its digest alone, and so is an artifact that
 * carries an error of its own. An entry that cannot be told to belong to a digest makes `unavailable` what would be
 * `unscanned`: it may be the one that is missed.
 *
 * `issues: null` is an empty list, as Xray writes it. An artifact without the key `issues` does not parse: the documentation
 * allows it, but nothing tells it from an answer that was cut or changed on its way, and "no issues" is what makes an image
 * clean. Licences and operational risks may be null or absent: an inventory that is missing clears nothing.
 */
export function parseSummary(body: unknown, digests: readonly string[]): Summary {
  if (!isJsonObject(body)) return { kind: 'malformed', problem: 'it is not an object' };
  if (isAbsent(body.artifacts) && isAbsent(body.errors)) {
    // What Xray answers when it was asked for nothing, so our question did not reach it; or not Xray at all.
    return { kind: 'malformed', problem: 'it has neither artifacts nor errors' };
  }
  let artifacts: Artifacts;
  let unread: string | null;
  try {
    artifacts = groupArtifacts(listAt(body.artifacts, 'artifacts'));
    unread = artifacts.unread ?? unreadError(listAt(body.errors, 'errors'));
  } catch (thrown) {
    return { kind: 'malformed', problem: problemOf(thrown) };
  }
  const answerOf = (digest: string): ScanAnswer => {
    const found = artifacts.bySha256.get(hexOf(digest));
    if (found !== undefined) return parseArtifacts(found);
    return unread === null ? { kind: 'unscanned' } : { kind: 'unavailable', reason: shapeReason(unread) };
  };
  return { kind: 'parsed', answers: new Map(digests.map((digest) => [digest, answerOf(digest)])) };
}

/** Returns what Xray is asked by: the hex digits of a digest without its algorithm, in lower case. */
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1).toLowerCase();
}

interface Artifacts {
  readonly bySha256: ReadonlyMap<string, readonly JsonObject[]>;
  /** Why an entry could not be told to belong to a digest; null when all could. */
  readonly unread: string | null;
}

function groupArtifacts(entries: readonly unknown[]): Artifacts {
  const bySha256 = new Map<string, JsonObject[]>();
  let unread: string | null = null;
  for (const entry of entries) {
    try {
      const artifact = objectAt(entry, 'artifacts[]');
      const general = objectAt(artifact.general, 'artifacts[].general');
      const sha256 = nameAt(general.sha256, 'artifacts[].general.sha256').toLowerCase();
      bySha256.set(sha256, [...(bySha256.get(sha256) ?? []), artifact]);
    } catch (thrown) {
      unread ??= problemOf(thrown);
    }
  }
  return { bySha256, unread };
}

/** Presence in `errors` says the same as absence from both lists; only an entry that names nothing matters. */
function unreadError(entries: readonly unknown[]): string | null {
  try {
    for (const entry of entries) nameAt(objectAt(entry, 'errors[]').identifier, 'errors[].identifier');
    return null;
  } catch (thrown) {
    return problemOf(thrown);
  }
}

/** Paths carry no index of the artifact: the reason stands beside its digest, and must not change with the order of an answer. */
function parseArtifacts(artifacts: readonly JsonObject[]): ScanAnswer {
  const issues: Issue[] = [];
  const licenses: License[] = [];
  const operationalRisks: OperationalRisk[] = [];
  const paths: string[] = [];
  try {
    for (const artifact of artifacts) {
      if (!isAbsent(artifact.error) && artifact.error !== '') {
        return { kind: 'unavailable', reason: 'Xray reports an error for this artifact' };
      }
      issues.push(...parseIssues(artifact.issues));
      licenses.push(...listAt(artifact.licenses, 'artifacts[].licenses').map(parseLicense));
      operationalRisks.push(...parseRisks(artifact.operational_risks));
      paths.push(repositoryPath(textAt(objectAt(artifact.general, 'artifacts[].general').path, 'artifacts[].general.path')));
    }
  } catch (thrown) {
    return { kind: 'unavailable', reason: shapeReason(problemOf(thrown)) };
  }
  const known = [...new Set(paths.filter((path) => path !== ''))].toSorted(compareTexts);
  return {
    kind: 'scanned',
    content: scanContent({ issues, licenses, operationalRisks }),
    ...(known.length === 0 ? {} : { paths: known }),
  };
}

function parseIssues(value: unknown): readonly Issue[] {
  if (value === undefined) throw new ShapeProblem('artifacts[].issues', 'is absent');
  return listAt(value, 'artifacts[].issues')
    .map((entry, index) => parseIssue(entry, `artifacts[].issues[${index}]`))
    .filter((issue) => issue !== null);
}

function parseLicense(value: unknown, index: number): License {
  const path = `artifacts[].licenses[${index}]`;
  const license = objectAt(value, path);
  return { name: nameAt(license.name, `${path}.name`), components: textsAt(license.components, `${path}.components`) };
}

function parseRisks(value: unknown): readonly OperationalRisk[] {
  return listAt(value, 'artifacts[].operational_risks').map((entry, index) => parseRisk(entry, `artifacts[].operational_risks[${index}]`));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Returns the message of a `ShapeProblem`; anything else is a fault of this program and goes on. */
function problemOf(thrown: unknown): string {
  if (thrown instanceof ShapeProblem) return thrown.message;
  throw thrown;
}

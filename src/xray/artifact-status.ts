// Asks Xray how far the scan of an image is that it does not know by digest, where the image comes from the JFrog platform itself.

import type { ImageReference } from '../facts/image.ts';
import { isJsonObject } from '../facts/json.ts';
import type { ScanSource } from '../facts/scan.ts';
import type { Calls } from './calls.ts';
import { XrayFailure } from './errors.ts';

export interface ArtifactStatusOptions {
  readonly calls: Calls;
  /** As `parseBaseUrl` returns it. */
  readonly baseUrl: string;
  /** Goes with each call; empty for none. */
  readonly query: string;
  readonly now: () => Date;
}

/** Xray has this from 3.80.9 on; an upgrade is noticed within this time. */
const tryAgainMs = 60 * 60_000;

const path = '/api/v1/artifact/status';

/** Returns what asks for the reason; it remembers for an hour where Xray has no such API. */
export function createArtifactStatus({ calls, baseUrl, query, now }: ArtifactStatusOptions): Required<ScanSource>['whyUnscanned'] {
  const host = new URL(baseUrl).host;
  let tryAtMs = Number.NEGATIVE_INFINITY;
  return async (places, signal) => {
    if (now().getTime() < tryAtMs) return '';
    const file = places.map((place) => artifactOf(place, host)).find((found) => found !== null);
    if (file === undefined || file === null) return '';
    try {
      return sentence(await calls.post({ path, query, body: file, lane: 'background', isEssential: false }, signal), file);
    } catch (thrown) {
      signal.throwIfAborted();
      if (isNoSuchApi(thrown)) tryAtMs = now().getTime() + tryAgainMs;
      return '';
    }
  };
}

/** A file in Artifactory. */
export interface ArtifactFile {
  readonly repo: string;
  /** Without the repository. */
  readonly path: string;
}

/**
 * Returns where an image lies when its registry is the platform at `host`: as `host/repository/image:tag`, with the repository as a sub-domain
 * (`repository.host`), or, as JFrog Cloud has it, behind the name of the instance (`acme-repository.jfrog.io` of `acme.jfrog.io`).
 * Null for any other registry, which Xray knows nothing of.
 */
export function artifactOf({ registry, repository, tag, digest }: ImageReference, host: string): ArtifactFile | null {
  const folder = tag === '' ? digest : tag;
  const [first = '', ...rest] = repository.split('/');
  if (folder === '') return null;
  if (registry === host) return rest.length === 0 ? null : { repo: first, path: `${rest.join('/')}/${folder}/manifest.json` };
  const dot = host.indexOf('.');
  const [instance, domain] = [host.slice(0, dot), host.slice(dot)];
  const repo = registry.endsWith(`.${host}`)
    ? registry.slice(0, -host.length - 1)
    : registry.startsWith(`${instance}-`) && registry.endsWith(domain)
      ? registry.slice(instance.length + 1, -domain.length)
      : '';
  return repo === '' || repo.includes('.') ? null : { repo, path: `${repository}/${folder}/manifest.json` };
}

/** What Xray's words mean for one who waits. What is scanned under this name is another image, and no reason. */
const meanings: Readonly<Record<string, string>> = {
  NOT_SCANNED: 'is not scanned yet',
  PENDING: 'is not scanned yet',
  SCANNING: 'is not scanned yet',
  NOT_SUPPORTED: 'will not be scanned',
  FAILED: 'could not be scanned',
};

function sentence(body: unknown, { repo, path: file }: ArtifactFile): string {
  const overall = isJsonObject(body) ? body.overall : undefined;
  const status = isJsonObject(overall) && typeof overall.status === 'string' ? overall.status.trim().toUpperCase() : '';
  const meaning = Object.hasOwn(meanings, status) ? meanings[status] : undefined;
  return meaning === undefined ? '' : `${repo}/${file.replace(/\/manifest\.json$/, '')} ${meaning}: ${status}`;
}

/** The same status stands for an artifact that Xray does not know; then it says so. */
function isNoSuchApi(thrown: unknown): boolean {
  return thrown instanceof XrayFailure && thrown.kind === 'NotFound' && !/exist|index/i.test(thrown.said);
}

// Reads from the body of a webhook which images and which watches it is about. Pure; whatever is odd is passed over.
import { isJsonObject } from '../facts/json.ts';
import type { Notice } from '../facts/notice.ts';

export interface ParsedNotice extends Notice {
  /** Artifacts that are no images, or that name none. */
  readonly ignored: number;
}

const imageTypes = ['docker', 'oci'];
// Longer than any name that Xray lets a person give.
const maxWatchLength = 1024;

/**
 * Returns what the body names; nothing for a body that is none of Xray's. All schema versions are read alike, and neither type nor
 * severity of an issue is looked at: what counts is what Xray says when it is asked. `infected_files` are passed over, since their
 * digests are those of files inside an image, some of them made up.
 */
export function parseNotice(body: unknown): ParsedNotice {
  if (!isJsonObject(body)) return { digests: [], watches: [], ignored: 0 };
  const artifacts = listOf(body.issues).flatMap((issue) => (isJsonObject(issue) ? listOf(issue.impacted_artifacts) : []));
  const digests = artifacts.map(imageDigest);
  const known = digests.filter((digest) => digest !== undefined);
  return { digests: [...new Set(known)], watches: watchesOf(body.watch_name), ignored: digests.length - known.length };
}

/** For an image this is the digest of the platform's manifest, which is how Xray knows it. */
function imageDigest(artifact: unknown): string | undefined {
  if (!isJsonObject(artifact)) return undefined;
  const { pkg_type: type, sha256 } = artifact;
  if (typeof type !== 'string' || !imageTypes.includes(type.toLowerCase()) || typeof sha256 !== 'string') return undefined;
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(sha256)?.[1];
  return hex === undefined ? undefined : `sha256:${hex.toLowerCase()}`;
}

function watchesOf(name: unknown): readonly string[] {
  return typeof name === 'string' && name !== '' && name.length <= maxWatchLength ? [name] : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

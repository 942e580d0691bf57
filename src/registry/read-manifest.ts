// Reads the body of a manifest: whether it is what was asked for, and whether it is an image or an index of images; pure.
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { ManifestAnswer, PlatformManifest } from '../facts/registry.ts';
import { isUnambiguous } from './unambiguous-json.ts';

const indexTypes = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
const manifestTypes = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];

/** The media types that are asked for. Schema 1 is not: its digest is not that of its bytes, and no current runtime takes it. */
export const acceptedTypes: readonly string[] = [...indexTypes, ...manifestTypes];

export interface ManifestBody {
  readonly bytes: Uint8Array;
  /** A tag, or `sha256:<hex>`. */
  readonly reference: string;
  /** Headers of the answer; empty where absent. */
  readonly contentType: string;
  readonly digestHeader: string;
}

// An index has an entry per platform, and two for each with attestations; the largest of public images have a few dozen.
const maxEntries = 500;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Returns what the bytes are. What cannot be relied on is `unavailable`; the reason repeats nothing of the body. */
export function readManifest(body: ManifestBody): ManifestAnswer {
  const digest = `sha256:${createHash('sha256').update(body.bytes).digest('hex')}`;
  const isByDigest = digestPattern.test(body.reference);
  if (isByDigest && body.reference !== digest) return unavailable('the bytes do not have the digest that was asked for');
  if (!isByDigest && body.digestHeader !== '' && body.digestHeader !== digest)
    return unavailable('the bytes do not have the digest that the registry says');
  const text = Buffer.from(body.bytes).toString('utf8');
  const content = parsed(text);
  if (content === undefined) return unavailable('the manifest is not JSON');
  if (content.schemaVersion === 1) return unavailable('the manifest is of schema 1, which no current runtime takes');
  if (!isUnambiguous(text)) return unavailable('the manifest can be read in two ways');
  const kind = kindOf(content, body.contentType);
  if (kind === undefined) return unavailable('the manifest is neither an image nor an index, or not what its media type says');
  return kind === 'manifest' ? manifestAnswer(content, digest) : indexAnswer(content, digest);
}

function parsed(text: string): JsonObject | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return isJsonObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The shape decides, and nothing may contradict it: what is both an image and an index is one to us and another to somebody else (CVE-2021-41190). */
function kindOf(content: JsonObject, contentType: string): 'index' | 'manifest' | undefined {
  const isIndex = Array.isArray(content.manifests);
  const isImage = Array.isArray(content.layers) && isJsonObject(content.config);
  if (isIndex === isImage || (isIndex && ('layers' in content || 'config' in content)) || (isImage && 'manifests' in content))
    return undefined;
  const others = isIndex ? manifestTypes : indexTypes;
  const own = isIndex ? indexTypes : manifestTypes;
  const header = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // OCI lets the member be absent, and proxies are seen to answer with a plain application/json.
  if (others.includes(header) || !(content.mediaType === undefined || own.some((type) => type === content.mediaType))) return undefined;
  return isIndex ? 'index' : 'manifest';
}

function manifestAnswer(content: JsonObject, digest: string): ManifestAnswer {
  const config = isJsonObject(content.config) ? content.config.digest : undefined;
  return typeof config === 'string' && digestPattern.test(config) ? { kind: 'manifest', digest, config } : { kind: 'manifest', digest };
}

function indexAnswer(content: JsonObject, digest: string): ManifestAnswer {
  const entries = Array.isArray(content.manifests) ? content.manifests : [];
  if (entries.length > maxEntries) return unavailable(`the index has more than ${maxEntries} entries`);
  const manifests: PlatformManifest[] = [];
  for (const entry of entries) {
    const manifest = readEntry(entry);
    if (manifest === 'malformed') return unavailable('an entry of the index is not as the specification has it');
    if (manifest === 'nested') return unavailable('the index holds another index');
    if (manifest !== undefined) manifests.push(manifest);
  }
  return { kind: 'index', digest, manifests };
}

/** Returns the entry; undefined for one that no node runs. */
function readEntry(entry: unknown): PlatformManifest | 'malformed' | 'nested' | undefined {
  if (!isJsonObject(entry) || typeof entry.digest !== 'string' || !digestPattern.test(entry.digest)) return 'malformed';
  if (indexTypes.some((type) => type === entry.mediaType)) return 'nested';
  const given = entry.platform ?? {};
  const annotations = entry.annotations ?? {};
  if (!isJsonObject(given) || !isJsonObject(annotations)) return 'malformed';
  const [os, architecture, variant, version] = ['os', 'architecture', 'variant', 'os.version'].map((name) => given[name] ?? '');
  if (!isShort(os) || !isShort(architecture) || !isShort(variant) || !isShort(version)) return 'malformed';
  // What BuildKit writes for attestations.
  if (os === 'unknown' && architecture === 'unknown') return undefined;
  const features = given['os.features'] ?? [];
  if (!Array.isArray(features)) return 'malformed';
  // Some runtimes leave out what is marked so, others run it.
  const isMarked = 'vnd.docker.reference.type' in annotations || (entry.artifactType ?? '') !== '';
  const isImage = manifestTypes.some((type) => type === (entry.mediaType ?? manifestTypes[0]));
  const platform = { os, architecture, variant };
  return version !== '' || features.length > 0 || isMarked || !isImage
    ? { digest: entry.digest, platform, narrowed: true }
    : { digest: entry.digest, platform };
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64;
}

function unavailable(reason: string): ManifestAnswer {
  return { kind: 'unavailable', reason };
}

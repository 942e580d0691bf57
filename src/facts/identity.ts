// Which manifest a container runs, where its digest may be that of an index or only a tag is known. Pure.
import type { Fact } from './fact.ts';
import { type ContainerDigest, type ImagePlace, isAskable, isDigest, type TaggedImage } from './image.ts';
import { manifestFor } from './platform.ts';
import type { Platform, PlatformManifest } from './registry.ts';

/** What a registry is asked: what a digest or a tag stands for. */
export interface ImageQuestion extends ImagePlace {
  /** `sha256:<hex>`, or a tag. */
  readonly reference: string;
  /** Of a tag, which may stand for another image by now: what was answered before this moment does not count. */
  readonly since?: Date;
}

/** Returns a text that is the same for the same question, whenever it is asked. */
export function questionKey({ registry, repository, reference }: ImageQuestion): string {
  return [registry, repository, reference].join('\n');
}

/** What is known of a question. */
export type Identity =
  /** `config` is the digest of its configuration; absent where the registry's answer did not tell. */
  | { readonly kind: 'manifest'; readonly digest: string; readonly config?: string }
  | { readonly kind: 'index'; readonly digest: string; readonly manifests: readonly PlatformManifest[] }
  /** There is no answer yet. */
  | { readonly kind: 'asking'; readonly reason: string }
  /** The registry cannot tell, or could not be asked. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** What is known of images at one moment, by digest and by what registries say. */
export interface KnownImages {
  readonly factOf: (digest: string) => Fact;
  /** Returns undefined where there is no registry to ask. */
  readonly identityOf: (question: ImageQuestion) => Identity | undefined;
}

/** How an image's digest was found, where a registry had a say in it. */
export type ImageIdentity =
  /** `index` lists it, for nodes of this platform; both are empty where the digest was that of a manifest from the start. */
  | {
      readonly kind: 'manifest';
      readonly index: string;
      readonly platform: string;
      /** Only the tag of a pod that waits says so: it may never run. */
      readonly byTag?: true;
    }
  | { readonly kind: 'unchecked'; readonly reason: string }
  /** Nothing may be decided before the registry's first answer. `digest` is the one reported; empty where there is none. */
  | { readonly kind: 'asking'; readonly digest: string; readonly reason: string };

export interface IdentifiedImage {
  /** Of the manifest as far as that can be told; empty when it cannot, and then `problem` says why. */
  readonly digest: string;
  readonly problem: string;
  /** Absent where no registry was asked, or none needs to be. */
  readonly identity?: ImageIdentity;
  readonly needs: ImageNeeds;
  /** The index itself, where Xray finds something in that too: what is found in either counts. */
  readonly also?: IdentifiedImage;
  /** The index has nothing that a node of the platform could run. */
  readonly isForeign?: true;
}

/** What must be known to tell more. */
export interface ImageNeeds {
  /** Digests that Xray is asked about; that of an index among them, because only what Xray does not know is asked elsewhere. */
  readonly digests: readonly string[];
  readonly questions: readonly ImageQuestion[];
}

export interface ImageSource {
  /** As the pod gives it; for sentences. */
  readonly ref: string;
  /** Absent: no registry is asked. */
  readonly known: KnownImages | undefined;
  /** Of the node that runs it; absent when that cannot be told, and then `whyNoPlatform` says why. */
  readonly platform: Platform | undefined;
  readonly whyNoPlatform: string;
  /** When the pod was created: its tag was resolved no earlier. */
  readonly since: Date;
}

/** Returns `linux/arm64`, with the variant if there is one. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === '' ? [] : [variant])].join('/');
}

/**
 * Returns the manifest that a container runs. A registry is asked only where Xray names no issue: where it does not know the digest, or
 * finds none in it, which it also says of an index whose manifests it has not seen (there may be licenses all the same).
 */
export function identifyImage(found: ContainerDigest, source: ImageSource): IdentifiedImage {
  if ('digest' in found) return byDigest(found, source);
  const { tagged } = found;
  const nothing = { digest: '', problem: found.problem, needs: { digests: [], questions: [] } };
  return tagged === undefined || source.known === undefined ? nothing : byTag(tagged, nothing, { ...source, known: source.known });
}

function byDigest({ digest, place }: { readonly digest: string; readonly place: ImagePlace }, source: ImageSource): IdentifiedImage {
  const { known } = source;
  const plain = { digest, problem: '', needs: { digests: [digest], questions: [] } };
  // Digests come from annotations too, which anybody may have written.
  if (known === undefined || !isDigest(digest) || !isAskable(place)) return plain;
  const question = { ...place, reference: digest };
  const identity = known.identityOf(question);
  const needs = { digests: [digest], questions: [question] };
  const fact = known.factOf(digest);
  if (!mayBeIndex(fact)) {
    if (fact.state !== 'scanned' || identity?.kind !== 'index') return plain;
    const own = byIndex({ ...identity, digest }, source, needs);
    return own.digest === '' ? { ...plain, needs } : { ...own, also: { ...plain, needs } };
  }
  switch (identity?.kind) {
    case undefined:
      return { ...plain, needs };
    case 'asking':
      return { digest: '', problem: identity.reason, identity: { kind: 'asking', digest, reason: identity.reason }, needs };
    case 'unknown':
      return { digest, problem: '', identity: { kind: 'unchecked', reason: identity.reason }, needs };
    case 'manifest':
      return { digest, problem: '', identity: { kind: 'manifest', index: '', platform: '' }, needs };
    case 'index':
      return byIndex({ ...identity, digest }, source, needs);
  }
}

/** Tells whether Xray's answer leaves open what the digest is of. */
function mayBeIndex(fact: Fact): boolean {
  return fact.state === 'scanned' ? fact.content.issues.length === 0 : fact.state === 'unscanned';
}

interface Index {
  readonly digest: string;
  readonly manifests: readonly PlatformManifest[];
}

function byIndex({ digest: index, manifests }: Index, source: ImageSource, needs: ImageNeeds): IdentifiedImage {
  const { ref, platform, whyNoPlatform } = source;
  const what = `${ref} stands for several platforms (${index})`;
  if (platform === undefined) return { digest: '', problem: `${what}, and ${whyNoPlatform}`, needs };
  const fitting = manifestFor(platform, manifests);
  if (fitting === undefined) {
    const problem = `${what}, of which it cannot be told which one runs on ${platformText(platform)}`;
    return { digest: '', problem, needs, ...(fitsNone(platform, manifests) ? { isForeign: true } : {}) };
  }
  const identity = { kind: 'manifest', index, platform: platformText(platform) } as const;
  return { digest: fitting.digest, problem: '', identity, needs: { ...needs, digests: [...new Set([...needs.digests, fitting.digest])] } };
}

/** Tells whether nothing of the index runs on the platform, whichever version the node has: more than that it cannot be told what does. */
function fitsNone(platform: Platform, manifests: readonly PlatformManifest[]): boolean {
  const ofAnyVersion = manifests.map(({ digest, platform: own }) => ({ digest, platform: own }));
  const isNameless = manifests.some(({ platform: { os, architecture } }) => os === '' && architecture === '');
  return !isNameless && manifestFor(platform, ofAnyVersion) === undefined;
}

type AskedSource = ImageSource & { readonly known: KnownImages };

/** The tag of a pod that waits, or of one whose runtime knows the image by its configuration only. */
function byTag(tagged: TaggedImage, unresolved: IdentifiedImage, source: AskedSource): IdentifiedImage {
  const { registry, repository, tag, config } = tagged;
  const place = { registry, repository };
  // What runs was resolved long ago; its configuration shows whether the tag still stands for it.
  const question = { ...place, reference: tag, since: source.since };
  const identity = source.known.identityOf(question);
  const needs = { digests: [], questions: [question] };
  switch (identity?.kind) {
    case undefined:
      return { ...unresolved, needs };
    case 'asking':
      return { digest: '', problem: identity.reason, identity: { kind: 'asking', digest: '', reason: identity.reason }, needs };
    case 'unknown':
      return { digest: '', problem: `${waits(tagged, source)}; its tag could not be resolved: ${identity.reason}`, needs };
    case 'manifest': {
      const resolved = { digest: identity.digest, problem: '', needs: { ...needs, digests: [identity.digest] } };
      const own = { ...resolved, identity: { kind: 'manifest', index: '', platform: '' } as const };
      return config === '' ? fromTag(own) : proven(own, { tagged, configFound: identity.config, source });
    }
    case 'index': {
      const own = byIndex(identity, source, needs);
      if (own.digest === '') return own;
      return config === '' ? fromTag(own) : byConfig(own, tagged, source);
    }
  }
}

function fromTag(own: IdentifiedImage): IdentifiedImage {
  return own.identity?.kind === 'manifest' ? { ...own, identity: { ...own.identity, byTag: true } } : own;
}

/** Asks for the configuration of the manifest that an index has for the node. */
function byConfig(own: IdentifiedImage, tagged: TaggedImage, source: AskedSource): IdentifiedImage {
  const question = { registry: tagged.registry, repository: tagged.repository, reference: own.digest };
  const identity = source.known.identityOf(question);
  const needs = { ...own.needs, questions: [...own.needs.questions, question] };
  switch (identity?.kind) {
    case 'asking':
      return { digest: '', problem: identity.reason, identity: { kind: 'asking', digest: '', reason: identity.reason }, needs };
    case 'manifest':
      return proven({ ...own, needs }, { tagged, configFound: identity.config, source });
    default:
      return proven({ ...own, needs }, { tagged, configFound: undefined, source });
  }
}

/** A tag that was moved must not bring the judgement of another image: only the very configuration that the runtime reports will do. */
function proven(
  own: IdentifiedImage,
  { tagged, configFound, source }: { readonly tagged: TaggedImage; readonly configFound: string | undefined; readonly source: ImageSource },
): IdentifiedImage {
  if (configFound === tagged.config) return own;
  const why = configFound === undefined ? 'it cannot be told whether its tag still stands for it' : 'its tag now stands for another image';
  return { digest: '', problem: `${waits(tagged, source)}; ${why}`, needs: own.needs };
}

function waits({ config }: TaggedImage, { ref }: ImageSource): string {
  return config === '' ? `${ref} waits to be pulled` : `the runtime names ${ref} by its configuration ${config} alone`;
}

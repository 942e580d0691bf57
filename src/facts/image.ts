// Image references and the imageID of a container status: which digest a container runs. Pure.

/** The parts of an image reference, with Docker's defaults filled in (`nginx` is docker.io/library/nginx:latest). */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  /** Empty when only a digest is given. */
  readonly tag: string;
  /** `sha256:<hex>`, or empty. */
  readonly digest: string;
}

const dockerHub = 'docker.io';
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Splits a reference as a pod gives it. Never fails: what is not a reference ends up in `repository`. */
export function parseImageReference(ref: string): ImageReference {
  const at = ref.lastIndexOf('@');
  const digestText = at < 0 ? '' : ref.slice(at + 1).toLowerCase();
  const digest = digestPattern.test(digestText) ? digestText : '';
  const nameAndTag = at < 0 ? ref : ref.slice(0, at);
  // A colon after the last slash begins a tag; one before it belongs to the registry's port.
  const colon = nameAndTag.lastIndexOf(':');
  const hasTag = colon > nameAndTag.lastIndexOf('/');
  const name = hasTag ? nameAndTag.slice(0, colon) : nameAndTag;
  const tag = hasTag ? nameAndTag.slice(colon + 1) : at < 0 ? 'latest' : '';
  return { ...splitName(name), tag, digest };
}

/** As Docker's reference grammar has it: a first part with a dot, a port or a capital, or `localhost`, is a registry. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = /[.:A-Z]/.test(first) || first === 'localhost';
  // The old name of Docker Hub, which is still written.
  const registry = isRegistry && first !== 'index.docker.io' ? first : dockerHub;
  const repository = isRegistry ? name.slice(slash + 1) : name;
  return { registry, repository: registry === dockerHub && !repository.includes('/') ? `library/${repository}` : repository };
}

/** What a container's status and reference tell of the image that it runs. */
export type ContainerDigest =
  /** `place`: where that digest is kept, which need not be where the reference points. */
  | { readonly digest: string; readonly place: ImagePlace }
  /** `tagged`: what may still be asked of a registry; absent when nothing there could help. */
  | { readonly problem: string; readonly tagged?: TaggedImage };

/** A repository of a registry, as `parseImageReference` gives them. */
export interface ImagePlace {
  readonly registry: string;
  readonly repository: string;
}

/** An image of which only the tag is known. */
export interface TaggedImage extends ImagePlace {
  readonly tag: string;
  /** The digest of its configuration, which the runtime reports; empty while it waits to be pulled. */
  readonly config: string;
}

/**
 * Returns the digest that the runtime reports: the reference of a running pod can be edited, and a pinned digest may be that of an index
 * where the runtime names the manifest, so what it reports goes before what is written. Next come the digest in the reference and the one
 * in `status.image`. A digest without a repository, with its algorithm or without, is that of the image's configuration, which no registry
 * and no scanner knows (containerd for local imports, the Docker shim, some CRI-O releases).
 */
export function containerDigest(container: {
  readonly image: string;
  readonly imageID: string;
  readonly statusImage?: string;
}): ContainerDigest {
  const { image, imageID, statusImage = '' } = container;
  const reported = imageID.replace(/^[a-z-]+:\/\//, '');
  const named = [...(reported.lastIndexOf('@') > 0 ? [reported] : []), image, ...(hasName(statusImage) ? [statusImage] : [])];
  for (const reference of named.map(parseImageReference))
    if (reference.digest !== '') return { digest: reference.digest, place: placeOf(reference) };
  const config = configOf(reported);
  if (reported !== '' && config === '')
    return { problem: `the runtime names ${image} by ${reported}, which is not the digest of a manifest` };
  // CRI-O fills in the registry of a short name, and says so in `status.image`.
  const { registry, repository, tag } = parseImageReference(config !== '' && hasName(statusImage) ? statusImage : image);
  const tagged = { registry, repository, tag, config };
  const problem =
    config === ''
      ? `${image} was not pulled yet, so its digest is not known`
      : `the runtime names ${image} by ${reported}, which is the digest of its configuration`;
  return { problem, ...(isAskable(tagged) && tagPattern.test(tag) ? { tagged } : {}) };
}

/** Tells whether a text is `sha256:<hex>`. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** Tells whether a registry can be asked about a place: what stands in a pod is anybody's word, and must not become another request. */
export function isAskable({ registry, repository }: ImagePlace): boolean {
  return repository.length <= 255 && registry.length <= 261 && registryPattern.test(registry) && repositoryPattern.test(repository);
}

// The grammar of https://github.com/distribution/reference.
const registryPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const repositoryPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

function placeOf({ registry, repository }: ImageReference): ImagePlace {
  return { registry, repository };
}

/** The digest of a configuration, `sha256:<hex>`; empty when it is something else. */
function configOf(reported: string): string {
  const text = reported.toLowerCase();
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(text) ? `sha256:${text.slice(-64)}` : '';
}

/** A status without an image has an empty name, and one of a local import may have the digest of its configuration there too. */
function hasName(statusImage: string): boolean {
  return statusImage !== '' && configOf(statusImage) === '';
}

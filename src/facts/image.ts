// Image references and the imageID of a container status: which digest a container runs.

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

/** Which digest a container runs, or why that cannot be told. */
export type ContainerDigest = { readonly digest: string } | { readonly problem: string };

/**
 * Returns the digest that the runtime reports, else the one in the reference. A bare `sha256:<hex>` is the digest of the image's
 * config, which no registry and no scanner knows (containerd for local imports, some CRI-O releases).
 */
export function containerDigest(container: { readonly image: string; readonly imageID: string }): ContainerDigest {
  const reported = container.imageID.replace(/^[a-z-]+:\/\//, '');
  const at = reported.lastIndexOf('@');
  const digest = reported.slice(at + 1).toLowerCase();
  if (at > 0 && digestPattern.test(digest)) return { digest };
  const pinned = parseImageReference(container.image).digest;
  if (pinned !== '') return { digest: pinned };
  if (reported === '') return { problem: `${container.image} was not pulled yet, so its digest is not known` };
  return { problem: `the runtime names ${container.image} by ${reported}, which is not the digest of a manifest` };
}

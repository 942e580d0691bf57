// The port to the registries that images come from: what a digest or a tag stands for.

/** As OCI writes it: `linux`, `arm64`, `v8`. `variant` is empty where none is given. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** One image of an index: the manifest that nodes of its platform run. */
export interface PlatformManifest {
  /** `sha256:<hex>`. */
  readonly digest: string;
  /** All parts are empty where the index does not say; a runtime then reads the image's own configuration. */
  readonly platform: Platform;
  /** Not every runtime takes it: it asks for a version or features of the system, or is marked as something that is no image. */
  readonly narrowed?: true;
}

/** What a registry says of a reference. */
export type ManifestAnswer =
  /** `config` is the digest of its configuration, by which some runtimes name it; absent where that is not told. */
  | { readonly kind: 'manifest'; readonly digest: string; readonly config?: string }
  /** In the order of the index. Attestations are left out; an index with another index in it is `unavailable`. */
  | { readonly kind: 'index'; readonly digest: string; readonly manifests: readonly PlatformManifest[] }
  /** The registry knows no such reference. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** The registry could not be asked, or gave no usable answer. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface ImageRegistry {
  /**
   * Asks for the manifest of a reference: a digest (`sha256:<hex>`) or a tag. `registry` and `repository` as `parseImageReference` gives them.
   * Whatever goes wrong is an answer with a reason that holds no secret. Rejects only when `signal` aborts.
   */
  readonly manifest: (
    image: { readonly registry: string; readonly repository: string },
    reference: string,
    signal: AbortSignal,
  ) => Promise<ManifestAnswer>;
}

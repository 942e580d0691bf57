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
  readonly platform: Platform;
}

/** What a registry says of a reference. */
export type ManifestAnswer =
  | { readonly kind: 'manifest'; readonly digest: string }
  /** In the order of the index; what is no image (attestations) is left out. */
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

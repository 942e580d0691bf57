// What somebody outside says has changed at Xray: what to ask about again. It is believed in nothing else.

export interface Notice {
  /** `sha256:<hex>` of manifests, each once. */
  readonly digests: readonly string[];
  /** Names of Xray watches, each once. */
  readonly watches: readonly string[];
}

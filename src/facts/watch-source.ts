// The port to the violations that Xray's watches have found: rows as Xray lists them, joined to images by whoever asks.
import type { Severity } from './scan.ts';

/** A breach of an Xray policy, seen by a watch: what the input document says of it. */
export interface XrayViolation {
  /** In lower case: `security`, `license` or `operational_risk`; another word as Xray writes it, in lower case. */
  readonly type: string;
  readonly severity: Severity;
  readonly watch: string;
  /** Of the Xray policy that matched, and its rule; empty when Xray does not say. */
  readonly policy: string;
  readonly rule: string;
  /** XRAY-n, or the key of a licence. */
  readonly issue: string;
}

/** One row of a watch. */
export interface WatchRow {
  /** Stays the same for the same violation of the same artifacts from one answer to the next, and is not that of another. */
  readonly key: string;
  readonly createdAt: Date;
  /** One for each Xray policy and rule that matched; at least one. */
  readonly violations: readonly XrayViolation[];
  /** Where the artifacts are: repository and folder of the manifest, `docker-local/shop/api/1.4`. */
  readonly paths: readonly string[];
  /** `sha256:<hex>` of the artifacts whose path tells it. */
  readonly digests: readonly string[];
}

export type WatchAnswer =
  /** Every row of the window. */
  { readonly kind: 'complete'; readonly rows: readonly WatchRow[] } | { readonly kind: 'unavailable'; readonly reason: string };

export interface WatchSource {
  /**
   * Asks for the rows of one watch that were created from a moment on (null: from its beginning) until another; all pages or nothing.
   * Whatever goes wrong is `unavailable` with a reason that holds no secret. Rejects only when `signal` aborts.
   */
  readonly rows: (watch: string, window: { readonly from: Date | null; readonly until: Date }, signal: AbortSignal) => Promise<WatchAnswer>;
}

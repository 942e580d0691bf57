// What Xray knows of one digest, and the port through which it is asked.
import type { ImageReference } from './image.ts';

/** Xray's severities in lower case; `unknown` is Xray's own word and ranks below `low`. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'information' | 'unknown';

/** A component that an issue was found in. `id` and `version` as Xray gives them; empty when absent. */
export interface IssueComponent {
  readonly id: string;
  readonly version: string;
  /** Without brackets; empty when no fix is known. */
  readonly fixedVersions: readonly string[];
}

/** A known vulnerability. */
export interface Issue {
  /** XRAY-n. */
  readonly id: string;
  readonly cves: readonly string[];
  readonly severity: Severity;
  /** Base score, version 3 before 2; null when Xray gives none. */
  readonly cvss: number | null;
  /** The strongest result over the components, in lower case (`applicable`, `not_applicable`, `undetermined`, …); empty when Xray says nothing. */
  readonly applicability: string;
  readonly malicious: boolean;
  /** When Xray published it, RFC 3339 in UTC; empty when Xray gives no time that can be read. */
  readonly publishedAt: string;
  readonly components: readonly IssueComponent[];
}

/** A licence found; an entry of Xray's inventory, not a judgement. */
export interface License {
  /** Xray's key (SPDX where it has one); `Unknown` is Xray's own word. */
  readonly name: string;
  readonly components: readonly string[];
}

/** Xray's words in lower case; `unknown` for any other. */
export type RiskLevel = 'high' | 'medium' | 'low' | 'none' | 'unknown';

/** How well a component is kept up: an operational risk, which is no vulnerability. Texts are empty when Xray gives none. */
export interface OperationalRisk {
  /** As Xray names it. */
  readonly component: string;
  readonly risk: RiskLevel;
  /** Xray's own words. */
  readonly reason: string;
  /** Its makers no longer mend it; false also where Xray does not say. */
  readonly endOfLife: boolean;
  readonly latestVersion: string;
}

/** What belongs to a digest in the input document, sorted so that equal answers are equal texts. */
export interface ScanContent {
  readonly issues: readonly Issue[];
  readonly licenses: readonly License[];
  readonly operationalRisks: readonly OperationalRisk[];
}

/** What a source says of one digest at the moment of asking. */
export type ScanAnswer =
  | {
      readonly kind: 'scanned';
      readonly content: ScanContent;
      /** Where the image lies: repository and folder of the manifest (`docker-local/shop/api/1.4`), sorted; absent when Xray does not say. */
      readonly paths?: readonly string[];
    }
  /** `reason`: why it is not, where that was asked for. */
  | { readonly kind: 'unscanned'; readonly reason?: string }
  | {
      readonly kind: 'unavailable';
      readonly reason: string;
      /** A question about fewer digests at once may be answered. */
      readonly smaller?: true;
      /** The source was not asked at all, and will not be before this time has passed or it has recovered. */
      readonly retryInMs?: number;
    };

/** The port to Xray. */
export interface ScanSource {
  /**
   * Asks about at most `batchSize` digests (`sha256:<hex>`) in one call. The answer has every digest asked, whatever went
   * wrong: a failure is `unavailable` with a reason that names it and holds no secret. Rejects only when `signal` aborts.
   */
  readonly scans: (digests: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, ScanAnswer>>;
  readonly batchSize: number;
  /** How many milliseconds a question would wait for its turn now: what comes until then can be in it. Absent: none would. */
  readonly waitMs?: () => number;
  /** Calls the listener each time answers can be had again after questions were not asked; for as long as the source lives. Must not throw. */
  readonly onRecovery?: (listener: () => void) => void;
  /**
   * Returns why an image is not known, as a sentence; empty when that cannot be told. It may lie at any of these places, as references to it
   * say. Costs at most one call, and is never needed to decide. Rejects only when `signal` aborts.
   */
  readonly whyUnscanned?: (places: readonly ImageReference[], signal: AbortSignal) => Promise<string>;
}

// What is known at one moment, wherever it comes from: a live cluster, a snapshot, or manifests with recorded facts. Data only.
import type { Cluster } from './cluster.ts';
import type { Fact } from './fact.ts';
import type { KnownImages } from './identity.ts';
import type { JsonObject } from './json.ts';
import type { WatchFact } from './watch-fact.ts';

export interface Recording extends KnownImages {
  /** The moment that everything in it is about: grace periods and ages are measured up to here. */
  readonly takenAt: Date;
  readonly cluster: Cluster;
  /** Policies that were there, as the API server gave them; none when it was manifests. */
  readonly policies: readonly JsonObject[];
  /** Returns what is known of a digest; one that was not recorded is `unavailable` with a reason that says so. */
  readonly factOf: (digest: string) => Fact;
  /** Returns what a registry said; undefined where none was asked. */
  readonly identityOf: KnownImages['identityOf'];
  /** Returns what is known of a watch of Xray; one that was not recorded is `unavailable` with a reason that says so. */
  readonly watchOf: (watch: string) => WatchFact;
}

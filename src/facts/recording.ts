// What is known at one moment, wherever it comes from: a live cluster, a snapshot, or manifests with recorded facts. Data only.
import type { Cluster } from './cluster.ts';
import type { Fact } from './fact.ts';
import type { JsonObject } from './json.ts';

export interface Recording {
  /** The moment that everything in it is about: grace periods and ages are measured up to here. */
  readonly takenAt: Date;
  readonly cluster: Cluster;
  /** Policies that were there, as the API server gave them; none when it was manifests. */
  readonly policies: readonly JsonObject[];
  /** Returns what is known of a digest; one that was not recorded is `unavailable` with a reason that says so. */
  readonly factOf: (digest: string) => Fact;
}

// Joins each fact with the watches once, however many workloads ask and however often, and keeps what came out as bytes too. Impure: remembers.
import type { Fact } from './fact.ts';
import { bytesJson, type ScanJson } from './scan-json.ts';
import { joinWatches, type WatchesJoined, type WatchFact, type WatchRows } from './watch-fact.ts';

/** What watches say of a digest, with the violations as a JSON array. */
export interface JoinedJson extends WatchesJoined {
  /** Absent: no violations. */
  readonly json?: ScanJson;
}

interface Remembered {
  readonly rows: readonly (WatchRows | undefined)[];
  readonly joined: JoinedJson;
}

export class WatchJoins {
  readonly #watchOf: (watch: string) => WatchFact;
  /** By fact, which is another one after each answer, and by the watches asked for. */
  readonly #remembered = new WeakMap<Fact, Map<string, Remembered>>();

  constructor(watchOf: (watch: string) => WatchFact) {
    this.#watchOf = watchOf;
  }

  /** Returns what these watches say of a digest; equal for equal rows. */
  of(fact: Fact, watches: readonly string[]): JoinedJson {
    const facts = watches.map(this.#watchOf);
    const rows = facts.map((watch) => (watch.state === 'known' ? watch.rows : undefined));
    const byWatches = this.#remembered.get(fact) ?? new Map<string, Remembered>();
    this.#remembered.set(fact, byWatches);
    const key = watches.join('\0');
    const known = byWatches.get(key);
    if (known?.rows.every((one, index) => one === rows[index])) return known.joined;
    const found = joinWatches(fact, facts);
    const joined = found.violations.length === 0 ? found : { ...found, json: bytesJson(JSON.stringify(found.violations)) };
    byWatches.set(key, { rows, joined });
    return joined;
  }
}

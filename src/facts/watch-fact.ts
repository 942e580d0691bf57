// What is known of one watch of Xray at a moment, and which of its violations are about an image. Pure.
import { compareTexts } from './compare-texts.ts';
import type { Fact } from './fact.ts';
import type { WatchRow, XrayViolation } from './watch-source.ts';

export type WatchFact =
  | {
      readonly state: 'known';
      /** Time of the last answer that held every row: what was taken back since then is still in here. */
      readonly checkedAt: Date;
      /** Time of the first of these answers. */
      readonly knownSince: Date;
      /** True when the last question failed. */
      readonly stale: boolean;
      /** Why it is stale; empty otherwise. */
      readonly reason: string;
      readonly rows: WatchRows;
    }
  | { readonly state: 'unavailable'; readonly reason: string };

/** A row, and when we first heard of it. */
export interface SeenRow {
  readonly row: WatchRow;
  readonly seenAt: Date;
  /** When a whole answer first lacked it. */
  readonly missingSince?: Date;
}

/** The rows of a watch by key, and by what they are joined with. */
export interface WatchRows {
  readonly byKey: ReadonlyMap<string, SeenRow>;
  readonly byPath: ReadonlyMap<string, readonly SeenRow[]>;
  readonly byDigest: ReadonlyMap<string, readonly SeenRow[]>;
}

/** An artifact as the summary by checksum named it at `checkedAt`. */
export interface Located {
  readonly digest: string;
  readonly paths: readonly string[];
  readonly checkedAt: Date;
}

export interface Joined {
  /** Sorted, each once. */
  readonly violations: readonly XrayViolation[];
  /** There are rows about a place of the artifact that are younger than what tells that the artifact is there: it has to be asked again. */
  readonly isUnconfirmed: boolean;
}

/** Returns the rows with their indexes. */
export function watchRows(byKey: ReadonlyMap<string, SeenRow>): WatchRows {
  const byPath = new Map<string, SeenRow[]>();
  const byDigest = new Map<string, SeenRow[]>();
  for (const seen of byKey.values()) {
    for (const path of seen.row.paths) append(byPath, path, seen);
    for (const digest of seen.row.digests) append(byDigest, digest, seen);
  }
  return { byKey, byPath, byDigest };
}

/**
 * Returns what the rows say of an artifact. A row names a place, and a tag may be pushed anew: it counts only when the artifact was seen at
 * that place after the row came to be.
 */
export function joinRows({ byPath, byDigest }: WatchRows, { digest, paths, checkedAt }: Located): Joined {
  const found = new Set(byDigest.get(digest));
  let isUnconfirmed = false;
  for (const path of paths) {
    for (const seen of byPath.get(path) ?? []) {
      if (checkedAt >= seen.row.createdAt || checkedAt >= seen.seenAt) found.add(seen);
      else isUnconfirmed = true;
    }
  }
  const violations = new Map([...found].flatMap(({ row }) => row.violations.map((violation) => [violationKey(violation), violation])));
  return { violations: [...violations].sort(([a], [b]) => compareTexts(a, b)).map(([, violation]) => violation), isUnconfirmed };
}

/** Returns what some watches say of a digest; in the order of the watches. Of a watch that is not known nothing is said. */
export function joinWatches(fact: Fact, watches: readonly WatchFact[]): Joined {
  const { digest } = fact;
  const located = fact.state === 'scanned' ? { digest, paths: fact.paths ?? [], checkedAt: fact.checkedAt } : unlocated(digest);
  const joined = watches.flatMap((watch) => (watch.state === 'known' ? [joinRows(watch.rows, located)] : []));
  return {
    violations: joined.flatMap(({ violations }) => violations),
    isUnconfirmed: joined.some(({ isUnconfirmed }) => isUnconfirmed),
  };
}

function unlocated(digest: string): Located {
  return { digest, paths: [], checkedAt: new Date(0) };
}

/** Tells whether two rows say the same. */
export function isSameRow(a: WatchRow, b: WatchRow): boolean {
  return rowText(a) === rowText(b);
}

function rowText({ createdAt, violations, paths, digests }: WatchRow): string {
  return JSON.stringify([createdAt, violations.map(violationKey).sort(compareTexts), [...paths].sort(compareTexts), digests]);
}

function violationKey({ watch, type, issue, policy, rule, severity }: XrayViolation): string {
  return [watch, type, issue, policy, rule, severity].join('\0');
}

function append(index: Map<string, SeenRow[]>, key: string, seen: SeenRow): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [seen]);
  else known.push(seen);
}

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
      /** The rows name digests, and each image's are all here: they were joined before. */
      readonly isByDigest?: true;
    }
  | { readonly state: 'unavailable'; readonly reason: string };

/** A row, and when we first heard that it names these places. */
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

/** An artifact as the summary by checksum named it when it was asked at `askedAt`. */
export interface Located {
  readonly digest: string;
  readonly paths: readonly string[];
  readonly askedAt: Date;
  /** When it was asked and did not know the artifact, after that. */
  readonly unknownAskedAt?: Date;
}

export interface Joined {
  /** Sorted, each once. */
  readonly violations: readonly XrayViolation[];
  /** Watches with rows about a place of the artifact that are younger than what tells that it is there: it has to be asked again. Sorted. */
  readonly unconfirmed: readonly string[];
}

/** What several watches say of a digest. */
export interface WatchesJoined extends Joined {
  /** It is scanned, but Xray does not say where it lies: rows that name places may be about it. */
  readonly isUnplaced: boolean;
}

// Between Xray's clock and ours: a row that is younger by this is confirmed by asking.
const maxSkewMs = 600_000;

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
 * Returns what the rows say of an artifact. A row names a place, and a tag may be pushed anew: it counts only when Xray was asked where the
 * artifact lies after the row came to be, or after it was heard of; not at all when Xray, asked after that, did not know the artifact.
 */
export function joinRows({ byPath, byDigest }: WatchRows, { digest, paths, askedAt, unknownAskedAt }: Located): Joined {
  const found = new Set(byDigest.get(digest));
  const unconfirmed = new Set<string>();
  for (const path of paths) {
    for (const seen of byPath.get(path) ?? []) {
      const { row, seenAt } = seen;
      if (askedAt.getTime() >= row.createdAt.getTime() + maxSkewMs || askedAt >= seenAt) found.add(seen);
      else if (unknownAskedAt === undefined || unknownAskedAt < seenAt) for (const { watch } of row.violations) unconfirmed.add(watch);
    }
  }
  const violations = new Map([...found].flatMap(({ row }) => row.violations.map((violation) => [violationKey(violation), violation])));
  return {
    violations: [...violations].sort(([a], [b]) => compareTexts(a, b)).map(([, violation]) => violation),
    unconfirmed: sorted(unconfirmed),
  };
}

/** Returns what some watches say of a digest; in the order of the watches. Of a watch that is not known nothing is said. */
export function joinWatches(fact: Fact, watches: readonly WatchFact[]): WatchesJoined {
  const known = watches.filter((watch) => watch.state === 'known');
  const located = locatedOf(fact);
  const joined = known.map(({ rows }) => joinRows(rows, located));
  return {
    violations: joined.flatMap(({ violations }) => violations),
    unconfirmed: sorted(joined.flatMap(({ unconfirmed }) => unconfirmed)),
    isUnplaced: fact.state === 'scanned' && located.paths.length === 0 && known.some(({ isByDigest }) => isByDigest !== true),
  };
}

function locatedOf(fact: Fact): Located {
  const { digest } = fact;
  if (fact.state !== 'scanned') return { digest, paths: [], askedAt: new Date(0) };
  const { paths = [], checkedAt, askedAt = checkedAt, unknownAskedAt } = fact;
  return { digest, paths, askedAt, ...(unknownAskedAt === undefined ? {} : { unknownAskedAt }) };
}

function sorted(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort(compareTexts);
}

/** Tells whether two rows are about the same places, and came to be at the same time. */
export function isSamePlace(a: WatchRow, b: WatchRow): boolean {
  return placeText(a) === placeText(b);
}

function placeText({ createdAt, paths }: WatchRow): string {
  return JSON.stringify([createdAt, [...paths].sort(compareTexts)]);
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

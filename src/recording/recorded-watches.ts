// What watches say of recorded images, by digest and no longer by place: for files, which do not say where images lie. Pure.
import { compareTexts } from '../facts/compare-texts.ts';
import type { Fact } from '../facts/fact.ts';
import { joinWatches, type SeenRow, type WatchFact, watchRows } from '../facts/watch-fact.ts';
import type { XrayViolation } from '../facts/watch-source.ts';

/** What one watch says of one image. */
export interface RecordedViolations {
  readonly digest: string;
  readonly violations: readonly XrayViolation[];
}

/** A watch as files hold it. */
export interface RecordedWatch {
  readonly checkedAt: Date;
  readonly stale: boolean;
  readonly reason: string;
  /** Digests of which it says nothing are absent. */
  readonly images: readonly RecordedViolations[];
}

/** Returns what a watch says of each of these images; sorted by digest, without those of which it says nothing. */
export function violationsByDigest(watch: WatchFact, facts: Iterable<Fact>): readonly RecordedViolations[] {
  return [...facts]
    .map((fact) => ({ digest: fact.digest, violations: joinWatches(fact, [watch]).violations }))
    .filter(({ violations }) => violations.length > 0)
    .sort((a, b) => compareTexts(a.digest, b.digest));
}

/** Returns the watch with a row for each image. */
export function recordedWatch({ checkedAt, stale, reason, images }: RecordedWatch): WatchFact {
  const byKey = new Map(
    images.map(({ digest, violations }): readonly [string, SeenRow] => [
      digest,
      { row: { key: digest, createdAt: checkedAt, violations, paths: [], digests: [digest] }, seenAt: checkedAt },
    ]),
  );
  return { state: 'known', checkedAt, knownSince: checkedAt, stale, reason, rows: watchRows(byKey), isByDigest: true };
}

/** Returns what two answers about one watch say together: as much as the one of which less is known. */
export function bothWatches(a: WatchFact, b: WatchFact): WatchFact {
  if (a.state === 'unavailable') return a;
  if (b.state === 'unavailable') return b;
  const older = a.checkedAt <= b.checkedAt ? a : b;
  const byKey = new Map([...a.rows.byKey, ...b.rows.byKey]);
  const stale = a.stale || b.stale;
  return {
    state: 'known',
    checkedAt: older.checkedAt,
    knownSince: older.knownSince,
    stale,
    reason: a.reason || b.reason,
    rows: watchRows(byKey),
    ...(a.isByDigest === true && b.isByDigest === true ? { isByDigest: true } : {}),
  };
}

/** What a watch is of which nothing was recorded. */
export function unrecordedWatch(watch: string): WatchFact {
  return { state: 'unavailable', reason: `nothing was recorded about the watch ${watch}` };
}

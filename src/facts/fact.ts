// What is known of one digest at a moment, and how the next answer changes it. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { ScanAnswer, ScanContent } from './scan.ts';
import { type ScanJson, scanJson } from './scan-json.ts';

export type Fact =
  | {
      readonly state: 'scanned';
      readonly digest: string;
      readonly content: ScanContent;
      /** The content as the input document has it; equal content is the same object from one answer to the next. */
      readonly json: ScanJson;
      /** Where the image lies, as `ScanAnswer` has it; absent when that is not known. */
      readonly paths?: readonly string[];
      /** Time of the last complete answer. */
      readonly checkedAt: Date;
      /** When its question was put: of where the image lay later it says nothing. Absent: as `checkedAt`. */
      readonly askedAt?: Date;
      /** When the question was put to which Xray last answered that it does not know the image; absent when it has not since `askedAt`. */
      readonly unknownAskedAt?: Date;
      /** Time of the first of the complete answers that said the same, of what is in the image and of where it lies. */
      readonly unchangedSince: Date;
      /** True when the last question failed or was answered with "not known": what is here is kept, and ages. */
      readonly stale: boolean;
      readonly reason: string;
    }
  | {
      readonly state: 'unscanned';
      readonly digest: string;
      readonly checkedAt: Date;
      readonly unchangedSince: Date;
      readonly stale: boolean;
      /** When stale, why; else why Xray does not know it, empty where that is not known either. */
      readonly reason: string;
    }
  /** `since`: when the first question failed; absent before that. */
  | { readonly state: 'unavailable'; readonly digest: string; readonly reason: string; readonly since?: Date };

const unaskedReason = 'Xray was not asked yet';

/** What a digest is before its first answer. */
export function unaskedFact(digest: string): Fact {
  return { state: 'unavailable', digest, reason: unaskedReason };
}

/** Tells whether no answer has come yet, not even that there is none. */
export function isUnasked(fact: Fact): boolean {
  return fact.state === 'unavailable' && fact.reason === unaskedReason;
}

/**
 * Returns the fact after an answer: when it came, and where that is known when its question was put. An answer that could not be had never
 * makes a known fact unknown.
 */
export function nextFact(known: Fact, answer: ScanAnswer, when: Date | { readonly askedAt: Date; readonly now: Date }): Fact {
  const { digest } = known;
  const [now, asked] = when instanceof Date ? [when, {}] : [when.now, { askedAt: when.askedAt }];
  switch (answer.kind) {
    case 'scanned': {
      const before = known.state === 'scanned' ? known : undefined;
      const json = scanJson(answer.content, before?.json);
      const same = before !== undefined && before.json === json;
      const content = same ? before.content : answer.content;
      const isThere = isDeepStrictEqual(before?.paths, answer.paths);
      const unchangedSince = same && isThere ? before.unchangedSince : now;
      const paths = answer.paths === undefined ? {} : { paths: answer.paths };
      return { state: 'scanned', digest, content, json, ...paths, checkedAt: now, ...asked, unchangedSince, stale: false, reason: '' };
    }
    case 'unscanned': {
      // Xray drops what it knew of an image 90 days after its scan (its default retention); the image has not changed.
      if (known.state === 'scanned')
        return {
          ...known,
          unknownAskedAt: asked.askedAt ?? now,
          stale: true,
          reason: 'Xray no longer knows this image; its last answer is kept',
        };
      const unchangedSince = known.state === 'unscanned' ? known.unchangedSince : now;
      // Why is asked for after the answer: until then it is what it was, and nobody is told twice.
      const reason = answer.reason ?? (known.state === 'unscanned' && !known.stale ? known.reason : '');
      return { state: 'unscanned', digest, checkedAt: now, unchangedSince, stale: false, reason };
    }
    case 'unavailable':
      return known.state === 'unavailable'
        ? { state: 'unavailable', digest, reason: answer.reason, since: known.since ?? now }
        : { ...known, stale: true, reason: answer.reason };
  }
}

/** Tells whether two facts differ in more than the time of the last answer. */
export function differs(a: Fact, b: Fact): boolean {
  if (a.state !== b.state || a.reason !== b.reason) return true;
  if (a.state === 'scanned' && b.state === 'scanned')
    return a.json.sha256 !== b.json.sha256 || a.stale !== b.stale || !isSame(a.paths ?? [], b.paths ?? []);
  return a.state === 'unscanned' && b.state === 'unscanned' && a.stale !== b.stale;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

/** Tells whether a fact that was answered is older than it may be to decide. */
export function isTooOld(
  fact: { readonly checkedAt: Date },
  { now, maxAgeMs }: { readonly now: Date; readonly maxAgeMs: number },
): boolean {
  return now.getTime() - fact.checkedAt.getTime() > maxAgeMs;
}

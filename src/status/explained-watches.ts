// What is known of the watches of a policy, and what they say of each image, in a stable form that is printed. Pure.
import type { ImageState } from '../evaluation/image-state.ts';
import { whyWatchUnknown } from '../evaluation/watch-state.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { Policy } from '../policy/policy.ts';

export interface ExplainedWatch {
  readonly watch: string;
  /** A file of facts says what it found, and not when Xray was asked; absent: no. */
  readonly asGiven?: true;
  /** RFC 3339: the last answer of Xray that held every violation; absent when there is none. */
  readonly checkedAt?: string;
  readonly ageSeconds?: number;
  /** The last question was not answered; what is known is kept. */
  readonly stale: boolean;
  /** Why it is stale; else empty. */
  readonly reason: string;
  /** Why rules that read violations are undecided; empty when they are not. */
  readonly unknown: string;
}

/** How many violations a watch has of an image. */
export interface ExplainedViolations {
  readonly watch: string;
  readonly violations: number;
}

/** Returns the watches of a policy as they are known at this moment; sorted. */
export function explainedWatches(
  policy: Policy,
  { watchOf, undated, now }: { readonly watchOf: (watch: string) => WatchFact; readonly undated: ReadonlySet<string>; readonly now: Date },
): readonly ExplainedWatch[] {
  return policy.watches.toSorted(compareTexts).map((watch) => {
    const fact = watchOf(watch);
    const unknown = whyWatchUnknown(watch, fact, { now, maxAgeMs: policy.maxAgeMs })?.message ?? '';
    if (fact.state === 'unavailable') return { watch, stale: false, reason: '', unknown };
    if (undated.has(watch)) return { watch, asGiven: true, stale: false, reason: '', unknown };
    const ageSeconds = Math.max(0, Math.round((now.getTime() - fact.checkedAt.getTime()) / 1000));
    return { watch, checkedAt: fact.checkedAt.toISOString(), ageSeconds, stale: fact.stale, reason: fact.reason, unknown };
  });
}

/** Returns by watch how many violations of the image are known; sorted, without watches that have none. */
export function explainedViolations({ violations = [] }: ImageState): readonly ExplainedViolations[] {
  const watches = [...new Set(violations.map(({ watch }) => watch))].sort(compareTexts);
  return watches.map((watch) => ({ watch, violations: violations.filter((one) => one.watch === watch).length }));
}

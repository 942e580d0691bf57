// Whether what once asked for zero still does: a workload at zero stays there as long as one rule claims it. Pure.
import type { ImageState } from '../evaluation/image-state.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import { type Judgement, mayAskSoon, ruleKey, wantsAction } from './judge.ts';
import type { ActionRecord } from './memory.ts';

export interface HoldInput {
  readonly record: ActionRecord;
  readonly judgements: readonly Judgement[];
  readonly facts: readonly ImageState[];
  /** Policies that are there but cannot be read. */
  readonly unreadable: ReadonlySet<string>;
}

export interface Hold {
  /** `policy/rule` of each that still claims zero, sorted. */
  readonly rules: readonly string[];
  /** True when a finding is gone and only waits for a second complete answer. */
  readonly isSettling: boolean;
}

/** Two complete answers this far apart must agree before a finding counts as gone: one incomplete answer of Xray must not restart what was stopped. */
export const settleMs = 5 * 60_000;

/** Returns what claims zero for a workload that still has the template it was scaled down with. */
export function holdOf({ record, judgements, facts, unreadable }: HoldInput): Hold {
  const rules = new Set(judgements.filter(wantsAction).map(ruleKey));
  // A rule renamed or moved to another policy is compiled anew; what it held must not run for those seconds.
  const isCompiling = judgements.some(mayAskSoon);
  let isSettling = false;
  for (const key of record.rules) {
    if (rules.has(key)) continue;
    const judgement = judgements.find((candidate) => ruleKey(candidate) === key);
    const claim = unreadable.has(key.split('/')[0] ?? '') ? 'keeps' : claimOf(judgement, record, facts);
    if (claim === 'settles') isSettling = true;
    if (claim !== 'clears' || isCompiling) rules.add(key);
  }
  return { rules: [...rules].sort(), isSettling };
}

/** A rule that was there when the workload went to zero and does not ask for it now. */
function claimOf(judgement: Judgement | undefined, record: ActionRecord, facts: readonly ImageState[]): 'keeps' | 'settles' | 'clears' {
  // Deleted, no longer matching, renamed, in DryRun, its action taken away, or the whole rule excepted: the author no longer asks for it.
  if (judgement === undefined || judgement.policy.mode !== 'Enforce' || judgement.action === 'Ignore' || judgement.isWaived)
    return 'clears';
  switch (judgement.verdict.kind) {
    case 'violated':
      // Held by the guard: a namespace protected since then asks for its workloads back; anything else may pass.
      return judgement.held === 'Protected' ? 'clears' : 'keeps';
    case 'undecided':
      return 'keeps';
    case 'passed':
      if (hasDropped(facts, record)) return 'keeps';
      return isSettled(facts, record.time) && areWatchesSettled(judgement.watches, record.time) ? 'clears' : 'settles';
  }
}

/** Xray drops what it knew of an image some time after its scan: that nothing is found in it then does not mean that nothing is there. */
function hasDropped(facts: readonly ImageState[], { digests }: ActionRecord): boolean {
  const scanned = new Set(digests.flatMap((known) => (known.scanned === true ? [known.digest] : [])));
  return facts.some(({ fact }) => fact?.state === 'unscanned' && scanned.has(fact.digest));
}

/** Tells whether every fact was known before the action, or has since been the same for two complete answers far enough apart. */
function isSettled(facts: readonly ImageState[], since: Date): boolean {
  return facts.every(({ fact }) => {
    if (fact === undefined || fact.state === 'unavailable' || fact.stale) return false;
    return fact.unchangedSince <= since || fact.checkedAt.getTime() - fact.unchangedSince.getTime() >= settleMs;
  });
}

/** A row that is taken back goes by itself only after two whole answers; after a restart the first one tells nothing of what was there before. */
function areWatchesSettled(watches: readonly WatchFact[], since: Date): boolean {
  return watches.every(
    (watch) => watch.state === 'known' && (watch.knownSince <= since || watch.checkedAt.getTime() - watch.knownSince.getTime() >= settleMs),
  );
}

// What is known when a plan is made. Data only.
import type { ImageState } from '../evaluation/image-state.ts';
import type { Workload } from '../facts/workload.ts';
import type { Policy } from '../policy/policy.ts';
import type { Judgement } from './judge.ts';
import type { ReadMemory } from './memory.ts';

/** What this process has seen of a workload and its object does not tell. */
export interface Seen {
  /** When a workload that we took to zero was first seen with replicas again. */
  readonly scaledUpAt?: Date;
  /** When it was first seen with another template than the one that was scaled down. */
  readonly newTemplateAt?: Date;
  /** For which policies and generations it was last given back, when, and how often in a row for the same. */
  readonly restored?: { readonly policies: Readonly<Record<string, number>>; readonly count: number; readonly at: Date };
}

export interface PlanInput {
  readonly workload: Workload;
  readonly facts: readonly ImageState[];
  readonly judgements: readonly Judgement[];
  readonly memory: ReadMemory;
  readonly policies: readonly { readonly policy: Policy }[];
  readonly unreadable: ReadonlySet<string>;
  readonly seen: Seen;
  readonly actionId: string;
  readonly now: Date;
}

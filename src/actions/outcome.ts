// What became of an action, as it was observed. Pure.
import { isObserved, type Workload } from '../facts/workload.ts';
import type { HeldReason } from './guard.ts';
import type { Judgement } from './judge.ts';
import type { Memory } from './memory.ts';
import type { Plan } from './plan.ts';

/**
 * `Requested` was sent and not yet seen; `Confirmed` was seen; `Reverted` was undone by somebody, `Contested` so often that it is left;
 * `Excepted` is what the policy excuses.
 */
export type Outcome = 'Ignored' | 'WouldAct' | 'Held' | 'Requested' | 'Confirmed' | 'Reverted' | 'Contested' | 'Excepted' | 'Failed';

export interface Observed {
  readonly outcome: Outcome;
  /** CamelCase, or the exceptions with the moments at which they end; empty where the outcome says it all. */
  readonly reason: string;
  readonly actedAt?: Date;
}

export interface OutcomeInput {
  readonly judgement: Judgement;
  readonly workload: Workload;
  readonly memory: Memory | undefined;
  readonly plan: Plan;
  readonly now: Date;
}

/** After this many times the controller stops taking a workload to zero that somebody else wants up. */
export const maxReassertions = 3;

/** Returns the outcome of a judgement that is violated, or that keeps the workload at zero. */
export function observedOutcome({ judgement, workload, memory, plan, now }: OutcomeInput): Observed {
  if (judgement.action === 'Ignore') return { outcome: 'Ignored', reason: '' };
  if (judgement.held !== undefined) return { outcome: 'Held', reason: judgement.held };
  if (judgement.policy.mode === 'DryRun') return { outcome: 'WouldAct', reason: '' };
  if (plan.kind === 'delete' || plan.kind === 'scaleDown') return { outcome: 'Requested', reason: '', actedAt: now };
  if (memory === undefined) return { outcome: 'Held', reason: 'AlreadyAtZero' satisfies HeldReason };
  const actedAt = memory.record?.time;
  return { ...heldAtZero(workload, memory), ...(actedAt === undefined ? {} : { actedAt }) };
}

function heldAtZero(workload: Workload, memory: Memory): { readonly outcome: Outcome; readonly reason: string } {
  if ((workload.controller?.replicas ?? 0) > 0) {
    const isContested = (memory.record?.reasserted ?? 0) >= maxReassertions;
    return isContested ? { outcome: 'Contested', reason: 'ScaledUpBySomebody' } : { outcome: 'Reverted', reason: 'ScaledUpBySomebody' };
  }
  return isSeenAtZero(workload) ? { outcome: 'Confirmed', reason: '' } : { outcome: 'Requested', reason: '' };
}

/** The workload's own controller has seen the change and has no replicas left, and no pod counts any more. */
function isSeenAtZero({ controller, runningPods }: Workload): boolean {
  return (
    controller !== undefined && isObserved(controller) && controller.replicas === 0 && controller.status.replicas === 0 && runningPods === 0
  );
}

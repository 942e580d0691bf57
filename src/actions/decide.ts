// decideWorkload: from what is known of one workload to verdicts, a plan and outcomes. Pure; whoever asks gets the same answer.
import { exceptionWords } from '../policy/exceptions.ts';
import { type JudgeInput, type Judgement, judgeWorkload, ruleKey } from './judge.ts';
import type { ReadMemory } from './memory.ts';
import { type Observed, observedOutcome } from './outcome.ts';
import type { Seen } from './plan-input.ts';
import { type Planned, planWorkload } from './plan-workload.ts';

export interface DecideInput extends JudgeInput {
  /** What the object carries of an earlier action. */
  readonly memory: ReadMemory;
  /** Names of policies that exist but cannot be read: they ask for nothing new and give nothing back. */
  readonly unreadable: ReadonlySet<string>;
  readonly seen: Seen;
  /** Identifies the action that may follow; unique. */
  readonly actionId: string;
}

/** One rule on the workload; `observed` is there when it is violated, keeps the workload at zero, or is excepted. */
export interface RuleDecision extends Judgement {
  readonly observed: Observed | undefined;
  /** The rule keeps the workload at zero though it is not violated now: it cannot tell, or its finding is gone too recently. */
  readonly keepsAtZero: boolean;
}

export interface Decision extends Planned {
  readonly rules: readonly RuleDecision[];
}

/** Decides. The only inputs are the arguments; the same arguments give the same decision. */
export function decideWorkload(input: DecideInput): Decision {
  const judgements = judgeWorkload(input);
  const planned = planWorkload({ ...input, judgements });
  const { workload, now } = input;
  const { memory } = input.memory;
  const rules = judgements.map((judgement) => {
    const isViolated = judgement.verdict.kind === 'violated';
    const keepsAtZero = !isViolated && planned.claims.includes(ruleKey(judgement));
    if (isViolated || keepsAtZero)
      return { ...judgement, observed: observedOutcome({ judgement, workload, memory, plan: planned.plan, now }), keepsAtZero };
    const { excepted } = judgement.verdict;
    const observed: Observed | undefined = excepted.length === 0 ? undefined : { outcome: 'Excepted', reason: exceptionWords(excepted) };
    return { ...judgement, observed, keepsAtZero };
  });
  return { ...planned, rules };
}

// The conditions of a policy. Pure; times of transitions are kept from the conditions before.
import type { Undecided } from '../evaluation/answer.ts';
import type { RuleProblem } from '../evaluation/program.ts';
import { isExpiring, isRunning, momentText } from '../policy/exceptions.ts';
import type { Condition } from '../policy/kubexraypolicy.generated.ts';
import type { Policy, PolicyException } from '../policy/policy.ts';

/** How far the rules of a policy's generation are compiled. */
export interface CompileState {
  /** False while the compiler is at work. */
  readonly isDone: boolean;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRule {
  readonly name: string;
  /** Identifies text, library and parameters; empty when the rule could not even be put together. */
  readonly id: string;
  /** Empty when the rule is in force. */
  readonly problems: readonly RuleProblem[];
}

export interface ConditionsInput {
  readonly policy: Policy;
  readonly compiled: CompileState;
  /** Every workload was judged by this generation. */
  readonly isEvaluated: boolean;
  /** Workloads that match, and those of which a rule cannot tell. */
  readonly totals: { readonly evaluated: number; readonly undecided: number };
  /** One message per image of which nothing young enough is known, sorted. */
  readonly unknownImages: readonly string[];
  /** Why watches that the policy names are not known. */
  readonly unknownWatches: readonly Undecided[];
  readonly now: Date;
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

const problemsShown = 10;
const imagesShown = 3;
const exceptionsShown = 3;

/** Returns the conditions in the order in which people read them. */
export function conditionsOf(input: ConditionsInput): Condition[] {
  const compiled = compiledCondition(input.compiled);
  const drafts = [readyCondition(input, compiled), compiled, factsFresh(input), enforcing(input.policy)];
  const before = input.policy.status?.conditions ?? [];
  return drafts.map((draft) => {
    const previous = before.find(({ type }) => type === draft.type);
    const since = previous?.status === draft.status ? previous.lastTransitionTime : input.now.toISOString();
    return { ...draft, observedGeneration: input.policy.generation, lastTransitionTime: since };
  });
}

function compiledCondition({ isDone, rules }: CompileState): Draft {
  const type = 'Compiled';
  if (!isDone) return { type, status: 'Unknown', reason: 'Compiling', message: 'the rules are being compiled' };
  const problems = rules.flatMap(({ name, problems: found }) =>
    found.map((problem) => ({ reason: problem.reason, text: `rule ${name}: ${placed(problem)}` })),
  );
  if (problems.length === 0) return { type, status: 'True', reason: 'RulesInForce', message: `${count(rules.length, 'rule')} in force` };
  const shown = problems.slice(0, problemsShown).map(({ text }) => text);
  const rest = problems.length > problemsShown ? [`and ${problems.length - problemsShown} more problems`] : [];
  return { type, status: 'False', reason: problems[0]?.reason ?? 'Invalid', message: [...shown, ...rest].join('\n').slice(0, 32_000) };
}

/** A problem as one text, with the author's own line and column in front. */
function placed({ message, line, column, hint }: RuleProblem): string {
  const text = hint === undefined ? message : `${message}; ${hint}`;
  return line === undefined ? text : `${line}:${column ?? 1}: ${text}`;
}

function readyCondition(input: ConditionsInput, compiled: Draft): Draft {
  const ready = withoutExceptions(input, compiled);
  return { ...ready, message: [ready.message, ...exceptionNotes(input)].join('; ') };
}

/** Nobody looks at an exception until it ends; what looks at the policy should say so before. */
function exceptionNotes({ policy: { exceptions }, now }: ConditionsInput): readonly string[] {
  const listed = (found: readonly PolicyException[]): string => {
    const shown = [...found].sort((a, b) => a.until.getTime() - b.until.getTime()).slice(0, exceptionsShown);
    const rest = found.length > shown.length ? [`and ${found.length - shown.length} more`] : [];
    return [...shown.map(({ name, until }) => `${name} (${momentText(until)})`), ...rest].join(', ');
  };
  const expiring = exceptions.filter((one) => isExpiring(one, now));
  const ended = exceptions.filter((one) => !isRunning(one, now));
  return [
    ...(expiring.length === 0 ? [] : [`exceptions that end within 72h: ${listed(expiring)}`]),
    ...(ended.length === 0 ? [] : [`exceptions that have ended: ${listed(ended)}`]),
  ];
}

function withoutExceptions({ isEvaluated, totals }: ConditionsInput, compiled: Draft): Draft {
  const type = 'Ready';
  if (compiled.status === 'False')
    return { type, status: 'False', reason: 'NotCompiled', message: 'not every rule is in force; see the condition Compiled' };
  if (compiled.status === 'Unknown') return { type, status: 'False', reason: 'Compiling', message: compiled.message };
  if (!isEvaluated) return { type, status: 'False', reason: 'Evaluating', message: 'not every workload was judged by this generation yet' };
  if (totals.evaluated === 0)
    return { type, status: 'True', reason: 'NoWorkloadMatches', message: 'no workload that runs matches this policy' };
  const judged = `${count(totals.evaluated, 'workload')} judged`;
  if (totals.undecided === 0) return { type, status: 'True', reason: 'Evaluated', message: judged };
  // Green for a rule that never tells anything would be a false safety.
  return {
    type,
    status: 'True',
    reason: 'EvaluatedWithGaps',
    message: `${judged}, ${totals.undecided} of them not by every rule; status.rules says why`,
  };
}

function factsFresh({ unknownImages, unknownWatches }: ConditionsInput): Draft {
  const type = 'FactsFresh';
  if (unknownImages.length === 0 && unknownWatches.length === 0)
    return { type, status: 'True', reason: 'AllImagesKnown', message: 'every answer of Xray is young enough to decide' };
  const parts = unknownWatches.map(({ message }) => message);
  if (unknownImages.length > 0) {
    const shown = unknownImages.slice(0, imagesShown).join('; ');
    const rest = unknownImages.length > imagesShown ? `; and ${unknownImages.length - imagesShown} more` : '';
    parts.unshift(`${count(unknownImages.length, 'image')}: ${shown}${rest}`);
  }
  const reason = unknownImages.length > 0 ? 'ImagesUnavailable' : 'WatchesUnavailable';
  return { type, status: 'False', reason, message: parts.join('\n').slice(0, 2048) };
}

function enforcing({ mode }: Policy): Draft {
  const type = 'Enforcing';
  if (mode === 'DryRun')
    return { type, status: 'False', reason: 'DryRun', message: 'mode is DryRun: findings are reported, nothing is done' };
  return { type, status: 'True', reason: 'Enforce', message: 'mode is Enforce' };
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

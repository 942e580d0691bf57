// The exceptions of a policy that are about one workload, with what each excuses of it, in a stable form that is printed. Pure.
import type { Decision, RuleDecision } from '../actions/decide.ts';
import type { ImageState } from '../evaluation/image-state.ts';
import type { Workload } from '../facts/workload.ts';
import { exceptViolations, isAbout, isExpiring, isRunning, momentText } from '../policy/exceptions.ts';
import { matchesAny } from '../policy/glob.ts';
import type { Policy, PolicyException } from '../policy/policy.ts';

export interface ExplainedException {
  readonly exception: string;
  readonly reason: string;
  /** RFC 3339. */
  readonly until: string;
  /** `expiring`: it ends within 72 hours. */
  readonly state: 'running' | 'expiring' | 'ended';
  /** The violations that fall by it, or would if it had not ended; those that another one excuses for longer are left to that one. */
  readonly excuses: readonly { readonly rule: string; readonly message: string }[];
}

interface ExceptionsInput {
  readonly workload: Workload;
  readonly facts: readonly ImageState[];
  readonly decision: Decision | undefined;
  readonly now: Date;
}

/** Returns the exceptions whose match holds, in the order of the policy. */
export function explainedExceptions(policy: Policy, input: ExceptionsInput): readonly ExplainedException[] {
  const { workload, decision, now } = input;
  const rules = (decision?.rules ?? []).filter((rule) => rule.policy.name === policy.name);
  return policy.exceptions
    .filter((one) => isAbout(one, workload.ref) && hasImage(one, workload))
    .map((one) => ({
      exception: one.name,
      reason: one.reason,
      until: momentText(one.until),
      state: isExpiring(one, now) ? 'expiring' : isRunning(one, now) ? 'running' : 'ended',
      excuses: rules.flatMap((rule) => messagesOf(rule, one, input).map((message) => ({ rule: rule.rule, message }))),
    }));
}

function hasImage({ match: { images = [] } }: PolicyException, workload: Workload): boolean {
  return images.length === 0 || workload.images.some(({ ref }) => matchesAny(images, ref));
}

function messagesOf({ rule, verdict }: RuleDecision, exception: PolicyException, { workload, facts, now }: ExceptionsInput): string[] {
  if (isRunning(exception, now))
    return verdict.excepted.filter(({ by }) => by.some(({ name }) => name === exception.name)).map(({ violation }) => violation.message);
  const standing = verdict.kind === 'violated' ? verdict.violations : [];
  const before = new Date(exception.until.getTime() - 1);
  const input = { exceptions: [exception], rule, workload: workload.ref, images: facts, now: before };
  return exceptViolations(standing, input).excepted.map(({ violation }) => violation.message);
}

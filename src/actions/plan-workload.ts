// What to do about a workload, given what every rule says of it. Pure.
import type { ControllerObject } from '../facts/objects.ts';
import { digestsOf } from '../facts/workload.ts';
import type { Policy } from '../policy/policy.ts';
import { canActOn } from './guard.ts';
import { holdOf } from './hold.ts';
import { type Judgement, mayAskSoon, ruleKey, wantsAction } from './judge.ts';
import { type ActionRecord, type FullMemory, hasRememberedTemplate, type Memory } from './memory.ts';
import { maxReassertions } from './outcome.ts';
import type { Plan, PolicyExpectation } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { claimedRecord, recordOf } from './record.ts';

export interface Planned {
  readonly plan: Plan;
  /** `policy/rule` of each that claims zero for a workload that is held there. */
  readonly claims: readonly string[];
  /** When to look again though nothing changes; absent: never. */
  readonly lookAgainAt?: Date;
  /** A finding is gone and waits for a second complete answer about these digests. */
  readonly settling: readonly string[];
}

const minuteMs = 60_000;
// Somebody who scales up again is answered after 1, 2 and 4 minutes: time enough to see why, and no fight at the speed of events.
const reassertDelayMs = (reasserted: number): number => minuteMs * 2 ** reasserted;
const unknownPatienceMs = 10 * minuteMs;
const maxRestoreDelayMs = 60 * minuteMs;
const restoreDelayMs = (count: number): number => (count === 0 ? 0 : Math.min(maxRestoreDelayMs, minuteMs * 2 ** (count - 1)));
// The second answer comes a little after its time; looking for it more often costs nothing.
const settleLookMs = 30_000;
const nothing: Planned = { plan: { kind: 'none' }, claims: [], settling: [] };

/** Plans. Terminating objects are never touched; a workload that cannot be scaled has no plan. */
export function planWorkload(input: PlanInput): Planned {
  const { workload, judgements } = input;
  const { memory, isVoid } = input.memory;
  const { controller } = workload;
  // Marks on another kind were copied there: nothing of ours to take back, and no permission to write.
  if (controller === undefined || !canActOn(controller) || workload.terminating || !workload.ownersKnown) return nothing;
  const wants = judgements.filter(wantsAction);
  const deleting = wants.filter((judgement) => judgement.action === 'Delete');
  if (deleting.length > 0) return { ...nothing, plan: { kind: 'delete', ...targetOf(input, controller, deleting.map(policyOf)) } };
  if (memory !== undefined)
    return hasRememberedTemplate(controller, memory) ? planHeld(input, controller, memory) : planChanged(input, controller, memory);
  if (wants.length > 0 && controller.replicas > 0) return { ...nothing, plan: scaleDown(input, controller, { wants }) };
  return isVoid ? { ...nothing, plan: { kind: 'forget', ...targetOf(input, controller, []) } } : nothing;
}

/** At zero by us, with the same template: stays while a rule claims it. */
function planHeld(input: PlanInput, controller: ControllerObject, memory: FullMemory): Planned {
  const { record } = memory;
  const hold = holdOf({ record, judgements: input.judgements, facts: input.facts, unreadable: input.unreadable });
  if (hold.rules.length === 0) return planRestored(input, controller, memory);
  const claimed = claimedRecord(input, record, hold);
  const { plan, lookAgainAt } =
    controller.replicas > 0
      ? planReverted(input, controller, hold.isSettling ? claimed : { ...claimed, time: input.now })
      : planRemembered(input, controller, { record, claimed });
  const due = [lookAgainAt, hold.isSettling ? new Date(input.now.getTime() + settleLookMs) : undefined].filter(
    (date) => date !== undefined,
  );
  return {
    plan,
    claims: hold.rules,
    settling: hold.isSettling ? digestsOf(input.workload) : [],
    ...(due.length === 0 ? {} : { lookAgainAt: new Date(Math.min(...due.map((date) => date.getTime()))) }),
  };
}

/** Given back, at once the first time; a rule that is violated again as soon as it is given back must not make that a fight of its own. */
function planRestored(input: PlanInput, controller: ControllerObject, memory: FullMemory): Planned {
  const { record } = memory;
  const { restored } = input.seen;
  const count = restored !== undefined && sameNumbers(restored.policies, record.policies) ? restored.count : 0;
  const dueAt = new Date(Math.min(record.time.getTime(), input.now.getTime()) + restoreDelayMs(count));
  if (input.now < dueAt && controller.replicas === 0) return { ...nothing, claims: record.rules, lookAgainAt: dueAt };
  return { ...nothing, plan: restore(input, controller, memory) };
}

function planRemembered(
  input: PlanInput,
  controller: ControllerObject,
  { record, claimed }: { record: ActionRecord; claimed: ActionRecord },
): Planned {
  if (claimed.rules.join() === record.rules.join() && sameNumbers(claimed.policies, record.policies)) return nothing;
  const claiming = input.judgements.filter((judgement) => claimed.rules.includes(ruleKey(judgement)));
  return { ...nothing, plan: { kind: 'remember', record: claimed, ...targetOf(input, controller, claiming.map(policyOf)) } };
}

/** Somebody scaled up what a rule still claims: to zero again after a while, and after the third time left alone. */
function planReverted(input: PlanInput, controller: ControllerObject, claimed: ActionRecord): Planned {
  const wants = input.judgements.filter(wantsAction);
  if (wants.length === 0 || claimed.reasserted >= maxReassertions) return nothing;
  const dueAt = new Date((input.seen.scaledUpAt ?? input.now).getTime() + reassertDelayMs(claimed.reasserted));
  if (input.now < dueAt) return { ...nothing, lookAgainAt: dueAt };
  const again = recordOf(input, controller, { wants, reasserted: claimed.reasserted + 1 });
  // Rules that cannot tell now keep their claim, and one that is settling the time that it is measured from.
  const { rules, policies, time } = claimed;
  return { ...nothing, plan: scaleDown(input, controller, { wants, record: { ...again, rules, policies, time } }) };
}

/** At zero by us, but with another template (or with no record of it): given back unless a rule is violated on what is known of it. */
function planChanged(input: PlanInput, controller: ControllerObject, memory: Memory): Planned {
  const wants = input.judgements.filter(wantsAction);
  if (wants.length > 0 && controller.replicas > 0) return { ...nothing, plan: scaleDown(input, controller, { wants }) };
  if (wants.length > 0) {
    const record = recordOf(input, controller, { wants, reasserted: 0 });
    return { ...nothing, plan: { kind: 'remember', record, ...targetOf(input, controller, wants.map(policyOf)) }, claims: record.rules };
  }
  const patienceEndsAt = new Date((input.seen.newTemplateAt ?? input.now).getTime() + unknownPatienceMs);
  const isUnknown = input.facts.some(({ state }) => state === 'unavailable') || input.judgements.some(mayAskSoon);
  if (isUnknown && input.now < patienceEndsAt && controller.replicas === 0)
    return { ...nothing, claims: memory.record?.rules ?? [], lookAgainAt: patienceEndsAt };
  if (memory.record === undefined) return planRestoredByLabel(input, controller, memory);
  return { ...nothing, plan: restore(input, controller, memory) };
}

/** With the label alone nothing tells whether anything has changed since; given back, but not over and over again. */
function planRestoredByLabel(input: PlanInput, controller: ControllerObject, memory: Memory): Planned {
  const dueAt = new Date((input.seen.newTemplateAt ?? input.now).getTime() + restoreDelayMs(input.seen.restored?.count ?? 0));
  if (input.now < dueAt && controller.replicas === 0) return { ...nothing, lookAgainAt: dueAt };
  return { ...nothing, plan: restore(input, controller, memory) };
}

function scaleDown(
  input: PlanInput,
  controller: ControllerObject,
  { wants, record = recordOf(input, controller, { wants, reasserted: 0 }) }: { wants: readonly Judgement[]; record?: ActionRecord },
): Plan {
  return { kind: 'scaleDown', replicas: controller.replicas, record, ...targetOf(input, controller, wants.map(policyOf)) };
}

/** The plan to give the count back; every policy that was ever listed is looked up once more before. */
function restore(input: PlanInput, controller: ControllerObject, memory: Memory): Plan {
  const names = Object.keys(memory.record?.policies ?? {});
  const expectations = names.map((name) => expectationOf(name, input.policies.find(({ policy }) => policy.name === name)?.policy));
  return { kind: 'restore', replicas: memory.replicas, ...targetOf(input, controller, []), policies: expectations };
}

function targetOf(input: PlanInput, controller: ControllerObject, policies: readonly Policy[]) {
  const unique = [...new Map(policies.map((policy) => [policy.name, policy])).values()];
  return {
    target: input.workload.ref,
    generation: controller.generation,
    labels: input.workload.labels,
    namespaceLabels: input.workload.namespaceLabels,
    policies: unique.map((policy) => expectationOf(policy.name, policy)),
  };
}

function expectationOf(name: string, policy: Policy | undefined): PolicyExpectation {
  return policy === undefined ? { name } : { name, seen: { uid: policy.uid, generation: policy.generation, mode: policy.mode } };
}

function policyOf({ policy }: Judgement): Policy {
  return policy;
}

function sameNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}

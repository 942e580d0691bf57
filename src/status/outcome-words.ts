// What an outcome means, in the words of a person who reads it. Pure.
import type { RuleDecision } from '../actions/decide.ts';
import type { HeldReason } from '../actions/guard.ts';
import type { Plan } from '../actions/plan.ts';
import type { Workload } from '../facts/workload.ts';

/** Tells whether the rule asks for an action that is still to be taken, in either mode, and that nothing holds. */
export function wouldAct({ observed }: Pick<RuleDecision, 'observed'>, plan: Plan): boolean {
  // What was asked for in an earlier pass and is not seen at zero yet is `Requested` too, and has no plan.
  return observed?.outcome === 'WouldAct' || (observed?.outcome === 'Requested' && (plan.kind === 'scaleDown' || plan.kind === 'delete'));
}

/** Returns what becomes of a rule on a workload, such as `would scale to 0 from 3`; empty when it is not violated, keeps nothing and is not excepted. */
export function outcomeWords(rule: RuleDecision, { workload, plan }: { readonly workload: Workload; readonly plan: Plan }): string {
  const { observed, action, policy } = rule;
  // Of a workload that is at zero by an action these are the replicas that it would have again.
  const { replicas } = workload;
  const scales = replicas === 0 ? 'keep it at 0' : `scale to 0 from ${replicas}`;
  const does = action === 'Delete' ? 'delete it' : scales;
  switch (observed?.outcome) {
    case undefined:
      return '';
    case 'Ignored':
      return 'only reported';
    case 'WouldAct':
      return `would ${does} (DryRun)`;
    case 'Held':
      return `held: ${observed.reason}`;
    case 'Requested':
      if (plan.kind === 'delete' && action !== 'Delete') return 'would delete it, which another rule asks for';
      return wouldAct(rule, plan) ? `would ${does}` : 'at zero, not all pods are gone';
    case 'Confirmed':
      return rule.keepsAtZero ? 'stays at zero' : 'at zero already';
    case 'Reverted':
      return 'scaled up again by somebody';
    case 'Contested':
      return 'scaled up again by somebody, left alone';
    case 'Excepted':
      return `excepted by ${observed.reason}`;
    case 'Failed':
      return `${policy.name} could not act`;
  }
}

const heldWords: Readonly<Record<HeldReason, string>> = {
  Protected: 'its namespace is protected, so nothing is ever done there',
  Unsupported: 'only Deployments and StatefulSets are ever scaled or deleted',
  Terminating: 'it is being deleted already',
  WouldDeleteVolumes: 'its persistentVolumeClaimRetentionPolicy would take its volumes with it',
  RolloutInProgress: 'only older revisions run these images, and a rollout is replacing them',
  AlreadyAtZero: 'it is at zero already, and not by kubexray',
  OwnerUnknown: 'an owner or the namespace was not seen, so what it is part of is not known',
};

/** Returns a sentence about why an action is held; the reason itself where there is no better word for it. */
export function heldSentence(reason: string): string {
  return Object.entries(heldWords).find(([known]) => known === reason)?.[1] ?? reason;
}

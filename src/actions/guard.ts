// What must not be done although a rule asks for it. Pure; gives the reason that is reported with the outcome Held.

import type { Violation } from '../evaluation/verdict.ts';
import type { ControllerObject } from '../facts/objects.ts';
import type { Workload } from '../facts/workload.ts';
import { matchesAny } from '../policy/glob.ts';
import type { Action } from '../policy/policy.ts';

export type HeldReason =
  | 'Protected'
  | 'Unsupported'
  | 'Terminating'
  | 'WouldDeleteVolumes'
  | 'RolloutInProgress'
  | 'AlreadyAtZero'
  | 'OwnerUnknown';

/** Always protected: without them the cluster, or this controller, does not work. */
export const fixedProtectedNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'] as const;

export interface Guarded {
  readonly workload: Workload;
  readonly action: Exclude<Action, 'Ignore'>;
  readonly violations: readonly Violation[];
  /** Patterns; the fixed ones and the controller's own namespace included. */
  readonly protectedNamespaces: readonly string[];
}

/** Returns why the action is held, or undefined when it is allowed. */
export function heldReason({ workload, action, violations, protectedNamespaces }: Guarded): HeldReason | undefined {
  const { controller } = workload;
  if (matchesAny(protectedNamespaces, workload.ref.namespace)) return 'Protected';
  if (!workload.ownersKnown) return 'OwnerUnknown';
  if (controller === undefined || !canActOn(controller)) return 'Unsupported';
  if (workload.terminating) return 'Terminating';
  if (action === 'ScaleDown' ? controller.deletesVolumesWhenScaled : controller.deletesVolumesWhenDeleted) return 'WouldDeleteVolumes';
  // Pods of older revisions are about to go; acting on them would stop the remedy.
  if (!controller.rolloutStalled && !violations.some(isCurrent)) return 'RolloutInProgress';
  return undefined;
}

/** Tells whether objects of this kind are ever written; the others are judged and reported. */
export function canActOn({ kind }: ControllerObject): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet';
}

/** A violation about several digests (a tag that moved) is current only if each of them is: the rule did not say which one it means. */
function isCurrent({ images }: Violation): boolean {
  return images.every(({ image }) => images.some((other) => other.image.digest === image.digest && other.image.current));
}

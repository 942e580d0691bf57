// What is to be done to a workload, as data: printed in a dry run, checked again and sent by `execute`.
import type { WorkloadRef } from '../facts/cluster.ts';
import type { Mode } from '../policy/policy.ts';
import type { ActionRecord } from './memory.ts';

/** A policy as the decision saw it; `execute` compares it with what the API server says at that moment. */
export interface PolicyExpectation {
  readonly name: string;
  /** Absent: the policy was not there. */
  readonly seen?: { readonly uid: string; readonly generation: number; readonly mode: Mode };
}

interface Target {
  readonly target: WorkloadRef;
  /** metadata.generation that the decision is about. */
  readonly generation: number;
  /** Of the object and of its namespace, which decide whether a policy is about it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** The policies for which this is done. */
  readonly policies: readonly PolicyExpectation[];
}

export type Plan =
  | { readonly kind: 'none' }
  /** To zero, with the count and the record in the same write. */
  | (Target & { readonly kind: 'scaleDown'; readonly replicas: number; readonly record: ActionRecord })
  | (Target & { readonly kind: 'delete' })
  /** Back to the count before the action; the marks go. */
  | (Target & { readonly kind: 'restore'; readonly replicas: number })
  /** The record alone, when what wants zero has changed. */
  | (Target & { readonly kind: 'remember'; readonly record: ActionRecord })
  /** Marks that mean nothing go. */
  | (Target & { readonly kind: 'forget' });

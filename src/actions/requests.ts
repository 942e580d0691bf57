// The one write that each plan consists of, as a merge patch or a deletion. Pure.
import type { JsonObject } from '../facts/json.ts';
import { actionAnnotation, recordText, scaledDownLabel } from './memory.ts';
import type { Plan } from './plan.ts';

/** What is read of the object right before the write. */
export interface FreshObject {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly terminating: boolean;
  /** spec.replicas; 1 when absent, as the API server defaults it. */
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
}

export type WriteRequest =
  | { readonly kind: 'patch'; readonly patch: JsonObject }
  | { readonly kind: 'delete'; readonly uid: string; readonly resourceVersion: string };

/**
 * Returns the write for a plan, bound to the version of the object that was just read: any write in between makes it fail with 409.
 * `forLabel` leaves the record out, where other annotations take all the room there is: the label alone suffices to give the count back.
 */
export function writeRequest(
  plan: Exclude<Plan, { kind: 'none' }>,
  object: FreshObject,
  room: 'forRecord' | 'forLabel' = 'forRecord',
): WriteRequest {
  const { uid, resourceVersion } = object;
  const patch = (labels: JsonObject, annotations: JsonObject, spec?: JsonObject): WriteRequest => ({
    kind: 'patch',
    patch: { metadata: { uid, resourceVersion, labels, annotations }, ...(spec === undefined ? {} : { spec }) },
  });
  switch (plan.kind) {
    case 'scaleDown':
      return patch(
        { [scaledDownLabel]: String(plan.replicas) },
        { [actionAnnotation]: room === 'forRecord' ? recordText(plan.record) : null },
        { replicas: 0 },
      );
    case 'restore':
      // Somebody who set another count meanwhile meant it.
      return patch(
        { [scaledDownLabel]: null },
        { [actionAnnotation]: null },
        object.replicas === 0 ? { replicas: plan.replicas } : undefined,
      );
    case 'remember':
      return patch({}, { [actionAnnotation]: recordText(plan.record) });
    case 'forget':
      return patch({ [scaledDownLabel]: null }, { [actionAnnotation]: null });
    case 'delete':
      return { kind: 'delete', uid, resourceVersion };
  }
}

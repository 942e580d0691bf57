// What is known of each image of a workload, in the words of the input document.
import { type Fact, isTooOld } from '../facts/fact.ts';
import type { Workload, WorkloadImage } from '../facts/workload.ts';

/** An image with the fact about its digest; `fact` is absent when the digest cannot be told. */
export type ImageState =
  | { readonly state: Fact['state']; readonly image: WorkloadImage; readonly fact: Fact }
  | { readonly state: 'unidentifiable'; readonly image: WorkloadImage; readonly fact?: undefined };

/** Joins images and facts, in the order of the workload's images. */
export function imageStates(workload: Workload, factOf: (digest: string) => Fact): readonly ImageState[] {
  return workload.images.map((image) => {
    if (image.digest === '') return { state: 'unidentifiable', image };
    const fact = factOf(image.digest);
    return { state: fact.state, image, fact };
  });
}

/** Returns why nothing may be decided on what is known of the image, or undefined when it may. `maxAgeMs` is the policy's. */
export function whyUnknown(
  state: ImageState,
  age: { readonly now: Date; readonly maxAgeMs: number },
): { readonly reason: string; readonly message: string } | undefined {
  const { ref } = state.image;
  if (state.fact === undefined) return { reason: 'ImageUnidentifiable', message: state.image.problem };
  if (state.fact.state === 'unavailable') return { reason: 'ImageUnavailable', message: `${ref}: ${state.fact.reason}` };
  if (isTooOld(state.fact, age)) {
    return {
      reason: 'FactTooOld',
      message: `${ref}: the last answer of Xray is older than maxAge${state.fact.reason === '' ? '' : ` (${state.fact.reason})`}`,
    };
  }
  return undefined;
}

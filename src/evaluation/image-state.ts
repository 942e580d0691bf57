// What is known of each image of a workload, in the words of the input document.
import { type Fact, isTooOld, unaskedFact } from '../facts/fact.ts';
import { secondText } from '../facts/second-text.ts';
import type { XrayViolation } from '../facts/watch-source.ts';
import type { Workload, WorkloadImage } from '../facts/workload.ts';

/** An image with the fact about its digest; `fact` is absent when the digest cannot be told. */
export type ImageState = {
  /** Of all watches that policies name; absent: none. */
  readonly violations?: readonly XrayViolation[];
} & (
  | { readonly state: Fact['state']; readonly image: WorkloadImage; readonly fact: Fact }
  | { readonly state: 'unidentifiable'; readonly image: WorkloadImage; readonly fact?: undefined }
);

/**
 * Joins images and facts, in the order of the workload's images. Of one of which a registry is still being asked Xray was not asked yet,
 * whatever it says of the digest that the runtime reports.
 */
export function imageStates(
  workload: Workload,
  factOf: (digest: string) => Fact,
  violationsOf: (fact: Fact) => readonly XrayViolation[] = () => [],
): readonly ImageState[] {
  return workload.images.map((image) => {
    if (image.identity?.kind === 'asking') return { state: 'unavailable', image, fact: unaskedFact(image.identity.digest) };
    if (image.digest === '') return { state: 'unidentifiable', image };
    const fact = factOf(image.digest);
    const violations = violationsOf(fact);
    return { state: fact.state, image, fact, ...(violations.length === 0 ? {} : { violations }) };
  });
}

/**
 * Returns `manifest` where the digest is known to be that of one platform's manifest: a registry said so, or Xray has found something in
 * it. An empty answer shows nothing, because Xray may have one for an index too.
 */
export function digestKind({ image, fact }: ImageState): 'manifest' | 'unchecked' {
  if (image.identity !== undefined) return image.identity.kind === 'manifest' ? 'manifest' : 'unchecked';
  const hasFindings = fact?.state === 'scanned' && (fact.content.issues.length > 0 || fact.content.licenses.length > 0);
  return hasFindings ? 'manifest' : 'unchecked';
}

/** Returns why nothing may be decided on what is known of the image, or undefined when it may. `maxAgeMs` is the policy's. */
export function whyUnknown(
  state: ImageState,
  age: { readonly now: Date; readonly maxAgeMs: number },
): { readonly reason: string; readonly message: string } | undefined {
  const { ref, identity } = state.image;
  if (identity?.kind === 'asking') return { reason: 'ImageUnavailable', message: `${ref}: ${identity.reason}` };
  if (state.fact === undefined) return { reason: 'ImageUnidentifiable', message: state.image.problem };
  if (state.fact.state === 'unavailable') {
    const since = state.fact.since === undefined ? '' : ` (not known since ${secondText(state.fact.since)})`;
    return { reason: 'ImageUnavailable', message: `${ref}: ${state.fact.reason}${since}` };
  }
  if (isTooOld(state.fact, age)) {
    return {
      reason: 'FactTooOld',
      message: `${ref}: the last answer of Xray, of ${secondText(state.fact.checkedAt)}, is older than maxAge${state.fact.reason === '' ? '' : ` (${state.fact.reason})`}`,
    };
  }
  return undefined;
}

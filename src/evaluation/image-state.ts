// What is known of each image of a workload, in the words of the input document.
import { type Fact, isTooOld, unaskedFact } from '../facts/fact.ts';
import type { ScanJson } from '../facts/scan-json.ts';
import { secondText } from '../facts/second-text.ts';
import type { JoinedJson } from '../facts/watch-joins.ts';
import type { XrayViolation } from '../facts/watch-source.ts';
import type { Workload, WorkloadImage } from '../facts/workload.ts';

/** An image with the fact about its digest; `fact` is absent when the digest cannot be told. */
export type ImageState = {
  /** Of all watches that policies name; absent: none. */
  readonly violations?: readonly XrayViolation[];
  /** The same as a JSON array, where it was made already. */
  readonly violationsJson?: ScanJson;
  /** The watches whose newest violations may be about the image: it is being asked. Absent: none. */
  readonly unconfirmed?: readonly string[];
  /** Where the image lies is not known, and only that would tell which violations are about it. */
  readonly isUnplaced?: true;
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
  joinedOf: (fact: Fact) => JoinedJson = () => ({ violations: [], unconfirmed: [], isUnplaced: false }),
): readonly ImageState[] {
  return workload.images.map((image) => {
    if (image.identity?.kind === 'asking') return { state: 'unavailable', image, fact: unaskedFact(image.identity.digest) };
    if (image.digest === '') return { state: 'unidentifiable', image };
    const fact = factOf(image.digest);
    return { state: fact.state, image, fact, ...ofWatches(joinedOf(fact)) };
  });
}

type OfWatches = Pick<ImageState, 'violations' | 'violationsJson' | 'unconfirmed' | 'isUnplaced'>;

function ofWatches({ violations, json, unconfirmed, isUnplaced }: JoinedJson): OfWatches {
  return {
    ...(violations.length === 0 ? {} : { violations }),
    ...(json === undefined ? {} : { violationsJson: json }),
    ...(unconfirmed.length === 0 ? {} : { unconfirmed }),
    ...(isUnplaced ? { isUnplaced } : {}),
  };
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

/**
 * Returns why Xray's finding nothing does not clear the image: its registry was asked and could not tell whether the digest is that of an
 * index, of which Xray finds nothing whatever is in its manifests. Undefined where it clears, also where there is no registry to ask.
 */
export function whyUnchecked({ image, fact }: ImageState): { readonly reason: string; readonly message: string } | undefined {
  const { ref, identity } = image;
  if (identity?.kind !== 'unchecked' || fact?.state !== 'scanned') return undefined;
  if (fact.content.issues.length > 0 || fact.content.licenses.length > 0) return undefined;
  const what = 'Xray finds nothing, and whether its digest is that of an index cannot be told';
  return { reason: 'ImageUnchecked', message: `${ref}: ${what} (${identity.reason}); see --registry-config` };
}

/** Returns why violations of these watches may be missing from what is known of the image, or undefined when none are. */
export function whyUnplaced(
  { image, violations = [], unconfirmed = [], isUnplaced }: ImageState,
  watches: readonly string[],
): { readonly reason: string; readonly message: string } | undefined {
  const waiting = unconfirmed.filter((watch) => watches.includes(watch));
  if (waiting.length > 0) {
    const message = `${image.ref}: whether it still lies where the watch ${waiting.join(', ')} found new violations is being asked`;
    return { reason: 'PlaceUnconfirmed', message };
  }
  // Violations that are known all the same name the digest.
  if (watches.length === 0 || isUnplaced !== true || violations.some(({ watch }) => watches.includes(watch))) return undefined;
  return { reason: 'PlaceUnknown', message: `${image.ref}: Xray does not say where it lies, which tells whose violations are its` };
}

// One image of a workload with what is known of it, in a stable form that is printed. Pure.
import { digestKind, type ImageState } from '../evaluation/image-state.ts';
import type { Severity } from '../facts/scan.ts';
import type { WorkloadImage } from '../facts/workload.ts';
import { type ExplainedViolations, explainedViolations } from './explained-watches.ts';

export interface ExplainedImage {
  readonly ref: string;
  /** Empty when it cannot be told. */
  readonly digest: string;
  /** A file of facts names the image by this reference alone, and the digest is whatever it stands for; absent: no. */
  readonly digestAssumed?: true;
  /** A file of facts says what is known, and not when Xray was asked; absent: no. */
  readonly asGiven?: true;
  /** `unchecked`: it may be that of an index of several platforms. */
  readonly digestKind: 'manifest' | 'unchecked';
  /** The index that lists the digest as the manifest for nodes of this platform; absent where no index was named. */
  readonly index?: { readonly digest: string; readonly platform: string };
  readonly state: ImageState['state'];
  readonly containers: readonly string[];
  readonly pods: number;
  /** The newest revision uses it. */
  readonly current: boolean;
  /** RFC 3339. */
  readonly firstSeenAt: string;
  /** RFC 3339: the last complete answer of Xray; absent when there is none. */
  readonly checkedAt?: string;
  readonly ageSeconds?: number;
  /** The last question was not answered; what is known is kept. */
  readonly stale: boolean;
  /** Why nothing is known, why it is stale, or why a registry could not tell what the digest is of; else empty. */
  readonly reason: string;
  /** How many issues of each severity; every severity is there. All are 0 unless the image is scanned. */
  readonly issues: Readonly<Record<Severity, number>>;
  /** Of the issues, those of which a fix is known. */
  readonly fixable: number;
  readonly licenses: readonly string[];
  /** By watch of Xray; absent when none has any that is known. */
  readonly violations?: readonly ExplainedViolations[];
}

/** What about the facts nobody said, by digest. */
export interface AssumedFacts {
  /** Made up for references without one. */
  readonly digests: ReadonlySet<string>;
  /** Facts without the time of the answer. */
  readonly undated: ReadonlySet<string>;
  /** Watches of which a file of facts says what they found, and not when; absent: none. */
  readonly watches?: ReadonlySet<string>;
}

/** Returns the image as it is known at this moment. */
export function explainedImage(state: ImageState, now: Date, assumed: AssumedFacts): ExplainedImage {
  const { image, fact } = state;
  const { ref, pods, current } = image;
  const digest = assumed.digests.has(image.digest) ? '' : image.digest;
  const issues = fact?.state === 'scanned' ? fact.content.issues : [];
  const violations = explainedViolations(state);
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, information: 0, unknown: 0 };
  for (const { severity } of issues) counts[severity] += 1;
  const asGiven = fact !== undefined && fact.state !== 'unavailable' && assumed.undated.has(fact.digest);
  const checkedAt = fact === undefined || fact.state === 'unavailable' || asGiven ? undefined : fact.checkedAt;
  const age = checkedAt === undefined ? undefined : Math.max(0, Math.round((now.getTime() - checkedAt.getTime()) / 1000));
  return {
    ...{ ref, digest, pods, current, state: state.state, digestKind: digestKind(state), ...indexOf(image) },
    ...(digest === image.digest ? {} : { digestAssumed: true as const }),
    ...(asGiven ? { asGiven: true as const } : {}),
    containers: image.containers.map(({ name, type }) => (type === 'container' ? name : `${name} (${type})`)),
    firstSeenAt: image.firstSeenAt.toISOString(),
    ...(checkedAt === undefined || age === undefined ? {} : { checkedAt: checkedAt.toISOString(), ageSeconds: age }),
    stale: fact !== undefined && fact.state !== 'unavailable' && fact.stale,
    reason: reasonOf(state),
    issues: counts,
    fixable: issues.filter(({ components }) => components.some(({ fixedVersions }) => fixedVersions.length > 0)).length,
    licenses: fact?.state === 'scanned' ? fact.content.licenses.map(({ name }) => name) : [],
    ...(violations.length === 0 ? {} : { violations }),
  };
}

function indexOf({ identity }: WorkloadImage): Pick<ExplainedImage, 'index'> {
  const isListed = identity?.kind === 'manifest' && identity.index !== '';
  return isListed ? { index: { digest: identity.index, platform: identity.platform } } : {};
}

function reasonOf({ image, fact }: ImageState): string {
  const { identity, problem } = image;
  if (identity?.kind === 'asking') return identity.reason;
  const unchecked = identity?.kind === 'unchecked' ? [`the digest may be that of an index: ${identity.reason}`] : [];
  return [fact === undefined ? problem : fact.reason, ...unchecked].filter((text) => text !== '').join('; ');
}

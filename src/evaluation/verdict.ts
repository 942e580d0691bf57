// The verdict of one rule on one workload: what the rule said, as far as what is known of the images bears it out. Pure.
import type { WorkloadRef } from '../facts/cluster.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import { type Excepted, exceptViolations } from '../policy/exceptions.ts';
import type { PolicyException } from '../policy/policy.ts';
import { type AnsweredViolation, parseAnswer, type Undecided } from './answer.ts';
import { type ImageState, whyUnchecked, whyUnknown, whyUnplaced } from './image-state.ts';
import type { RuleAnswer } from './program.ts';

/** A violation with the images that it is about; none means the workload itself. */
export interface Violation extends Omit<AnsweredViolation, 'image'> {
  readonly images: readonly ImageState[];
}

/** `excepted` are violations that the policy excuses now; they count for nothing but what is reported. */
export type Verdict = { readonly excepted: readonly Excepted<Violation>[] } & (
  | { readonly kind: 'passed' }
  /** `violations` is not empty; `undecided` are further reasons of the same rule. */
  | { readonly kind: 'violated'; readonly violations: readonly Violation[]; readonly undecided: readonly Undecided[] }
  | { readonly kind: 'undecided'; readonly undecided: readonly Undecided[] }
);

export interface VerdictInput {
  readonly answer: RuleAnswer;
  readonly images: readonly ImageState[];
  /** The moment of the document that was evaluated, which the answer must carry back. */
  readonly documentNow: Date;
  readonly now: Date;
  readonly maxAgeMs: number;
  /** All exceptions of the policy, and what decides whether they apply. */
  readonly exceptions: readonly PolicyException[];
  readonly rule: string;
  /** The watches whose violations the rule may read; absent: none. */
  readonly watches?: readonly string[];
  readonly workload: WorkloadRef;
}

/**
 * Judges. Whatever the rule says, nothing that is not known leads to a violation or to a pass: a violation about an image of which
 * nothing (or nothing young enough) is known is undecided, one about no image is when there is any such image, and so is a pass. What is
 * undecided is never excepted: an exception makes a pass only of what is known.
 */
export function verdictOf(input: VerdictInput): Verdict {
  const answer = parseAnswer(input.answer, input.documentNow);
  const judged = answer.violations.map((violation) => judge(violation, input));
  const found = judged.filter((item): item is Violation => 'images' in item).sort(byPlace);
  const { standing: violations, excepted } = exceptViolations(found, input);
  const undecided = [...answer.undecided, ...judged.filter((item): item is Undecided => 'reason' in item)];
  if (violations.length > 0) return { kind: 'violated', violations, undecided: sorted(undecided), excepted };
  if (undecided.length > 0) return { kind: 'undecided', undecided: sorted(undecided), excepted };
  const { watches = [] } = input;
  const unknown = input.images
    .map((image) => whyUnknown(image, input) ?? whyUnchecked(image) ?? whyUnplaced(image, watches))
    .filter((why) => why !== undefined);
  return unknown.length > 0 ? { kind: 'undecided', undecided: sorted(unknown), excepted } : { kind: 'passed', excepted };
}

function judge(violation: AnsweredViolation, input: VerdictInput): Violation | Undecided {
  const { image: named, ...rest } = violation;
  const images = named === '' ? [] : input.images.filter(({ image }) => image.ref === named || image.digest === named);
  if (named !== '' && images.length === 0)
    return { reason: 'UnknownImage', message: `the rule names ${named}, which the workload does not run` };
  for (const image of named === '' ? input.images : images) {
    const why = whyUnknown(image, input);
    if (why !== undefined) return why;
  }
  return { ...rest, images };
}

/** Sets leave the evaluator in the order of their hashes; people want them in one that stays. */
function byPlace(a: Violation, b: Violation): number {
  const key = (violation: Violation): string =>
    [
      violation.images[0]?.image.ref ?? '',
      violation.images[0]?.image.digest ?? '',
      violation.issue,
      violation.license,
      violation.message,
      violation.component,
      violation.severity,
    ].join('\n');
  return compareTexts(key(a), key(b));
}

function sorted(undecided: readonly Undecided[]): readonly Undecided[] {
  const unique = new Map(undecided.map((item) => [`${item.reason}\n${item.message}`, item]));
  return [...unique.entries()].sort(([a], [b]) => compareTexts(a, b)).map(([, item]) => item);
}

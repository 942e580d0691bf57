// What an action writes down about itself: which policies and rules asked for it, and which images it is about. Pure.
import type { Verdict } from '../evaluation/verdict.ts';
import type { ControllerObject } from '../facts/objects.ts';
import { isByTag, type WorkloadImage } from '../facts/workload.ts';
import type { Hold } from './hold.ts';
import { type Judgement, ruleKey } from './judge.ts';
import { type ActionRecord, boundedRecord, type RememberedImage } from './memory.ts';
import type { PlanInput } from './plan-input.ts';

/** Returns the record of an action that is taken now for these judgements. */
export function recordOf(
  input: PlanInput,
  controller: ControllerObject,
  { wants, reasserted }: { wants: readonly Judgement[]; reasserted: number },
): ActionRecord {
  // What the action is about comes first, because there is room for so many only.
  const isMeant = ({ digest }: WorkloadImage): boolean => wants.some(({ verdict }) => isAbout(verdict, digest));
  const digests = [...input.workload.images]
    .sort((a, b) => Number(isMeant(b)) - Number(isMeant(a)))
    .filter((image) => image.digest !== '' && comesBack(image, controller))
    .map((image) => rememberedImage(input, image));
  return boundedRecord({
    id: input.actionId,
    uid: controller.uid,
    policies: generationsOf(wants),
    rules: wants.map(ruleKey).sort(),
    digests,
    templateSha256: controller.template.sha256,
    time: input.now,
    reasserted,
  });
}

function rememberedImage(input: PlanInput, image: WorkloadImage): RememberedImage {
  const { ref, digest, firstSeenAt } = image;
  return {
    ...{ image: ref, digest, firstSeenAt },
    ...(wasScanned(input, digest) ? { scanned: true } : {}),
    ...(isByTag(image) ? { byTag: true } : {}),
  };
}

/** Now, or when the action was taken that is remembered: what Xray has dropped since was scanned all the same. */
function wasScanned({ facts, memory }: PlanInput, digest: string): boolean {
  const remembered = memory.memory?.record?.digests ?? [];
  return (
    facts.some(({ fact }) => fact?.digest === digest && fact.state === 'scanned') ||
    remembered.some((known) => known.digest === digest && known.scanned === true)
  );
}

function isAbout(verdict: Verdict, digest: string): boolean {
  return verdict.kind === 'violated' && verdict.violations.some(({ images }) => images.some(({ image }) => image.digest === digest));
}

/** Images that would run again: not those of debugging, nor of a Deployment's older revisions. A partition keeps a StatefulSet's older one. */
function comesBack({ containers, current }: WorkloadImage, { kind }: ControllerObject): boolean {
  const isForDebugging = containers.length > 0 && containers.every(({ type }) => type === 'ephemeral');
  return !isForDebugging && (current || kind === 'StatefulSet');
}

/** The record as it is to be with the claims of now. A policy that cannot be read is not re-dated: its remembered generation stays. */
export function claimedRecord({ judgements }: PlanInput, record: ActionRecord, { rules }: Hold): ActionRecord {
  const claiming = judgements.filter((judgement) => rules.includes(ruleKey(judgement)));
  // A changed policy is a new word of its author: counted anew.
  const isNews = claiming.some(({ policy }) => record.policies[policy.name] !== policy.generation);
  const policies = { ...pick(record.policies, rules), ...generationsOf(claiming) };
  return boundedRecord({ ...record, rules, policies, reasserted: isNews ? 0 : record.reasserted });
}

function generationsOf(judgements: readonly Judgement[]): Readonly<Record<string, number>> {
  return Object.fromEntries(judgements.map(({ policy }) => [policy.name, policy.generation]).sort());
}

/** Returns the remembered generations of the policies that still have a claim. */
function pick(generations: Readonly<Record<string, number>>, rules: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(generations).filter(([name]) => rules.some((rule) => rule.startsWith(`${name}/`))));
}

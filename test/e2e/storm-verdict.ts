// Holds what was done to a workload against what Xray had told by then: the model of the storm test. Pure.
import { at } from '../cluster/at.ts';
import { type StormRule, type Telling, violates } from './storm-told.ts';
import { type Act, annotation, label } from './storm-witness.ts';

/** What the model knows. */
export interface Knowledge {
  readonly told: (digest: string) => readonly Telling[];
  /** Digest of an image by its reference in a pod template. */
  readonly digestOf: (ref: string) => string;
  /** Rules whose action for the workloads of a namespace is to delete them. */
  readonly deleting: (namespace: string) => readonly StormRule[];
  readonly maxAgeMs: number;
}

/** An answer may be on its way to the one who asked, or a pass under way with the one before it. */
const onTheWayMs = 2_000;
/** What is gone for the same images must have been gone this long. */
const settleMs = 5 * 60_000;

/** Returns what is wrong with each act; `all` are all acts, in the order of time. */
export function wrongsOf(all: readonly Act[], knowledge: Knowledge): readonly string[] {
  return all.flatMap((act) => wrongsOfAct(act, all, knowledge).map((wrong) => `${act.kind} ${act.workload}: ${wrong}`));
}

function wrongsOfAct(act: Act, all: readonly Act[], knowledge: Knowledge): readonly string[] {
  switch (act.kind) {
    case 'scaledDown':
      return wrongsOfScaleDown(act, knowledge);
    case 'remembered':
      return wrongsOfRecord(act, knowledge);
    case 'deleted':
      return wrongsOfDeletion(act, knowledge);
    case 'restored':
      return wrongsOfRestore(act, all);
  }
}

function wrongsOfScaleDown(act: Act, knowledge: Knowledge): readonly string[] {
  const replicas = at(act.before, 'spec.replicas');
  const [marked, left] = [at(act.after, label), at(act.after, 'spec.replicas')];
  return [
    ...(left === 0 ? [] : [`${left} replicas are left`]),
    ...(marked === String(replicas) ? [] : [`the label remembers ${marked} of ${replicas} replicas`]),
    ...wrongsOfRecord(act, knowledge),
  ];
}

/** Every rule that is new in the record was violated by what was known of an image of the workload. */
function wrongsOfRecord(act: Act, knowledge: Knowledge): readonly string[] {
  const [record, before] = [recordOf(act.after), recordOf(act.before)];
  if (record === undefined) return act.kind === 'scaledDown' ? ['there is no record of why'] : [];
  const own = digestsOf(act, knowledge);
  const ever = act.images.map(knowledge.digestOf);
  const strange = record.digests.filter((digest) => !ever.includes(digest));
  // What takes a workload to zero is known then; what is added to its record, when that is written.
  const atMs = act.kind === 'scaledDown' ? record.timeMs : act.seenAtMs;
  const unknown = record.rules.filter((rule) => !before?.rules.includes(rule) && !isKnown(ruleOf(rule), { digests: own, atMs }, knowledge));
  return [
    ...strange.map((digest) => `${digest} in its record is no image of it`),
    ...unknown.map((rule) => `${rule} on what nobody told: ${toldWords(own, atMs, knowledge)}`),
  ];
}

function wrongsOfDeletion(act: Act, knowledge: Knowledge): readonly string[] {
  const digests = digestsOf(act, knowledge);
  const rules = knowledge.deleting(String(at(act.after, 'metadata.namespace')));
  const atMs = act.seenAtMs;
  if (rules.some((rule) => isKnown(rule, { digests, atMs }, knowledge))) return [];
  return [`on what nobody told: ${toldWords(digests, atMs, knowledge)}`];
}

function wrongsOfRestore(act: Act, all: readonly Act[]): readonly string[] {
  const taken = all.findLast((one) => one.kind === 'scaledDown' && one.uid === act.uid && one.seenAtMs <= act.seenAtMs);
  const [remembered, replicas] = [at(act.before, label), at(act.after, 'spec.replicas')];
  const isSameTemplate = JSON.stringify(at(taken?.after, 'spec.template')) === JSON.stringify(at(act.after, 'spec.template'));
  const isEarly = act.seenAtMs - (taken?.seenAtMs ?? 0) < settleMs;
  return [
    ...(remembered === String(replicas) ? [] : [`${replicas} replicas in place of the ${remembered} remembered`]),
    ...(isSameTemplate && isEarly ? ['with the same images, before they were clean for five minutes'] : []),
  ];
}

/** Tells whether a rule is violated by the last thing that Xray had told, and told young enough. */
function isKnown(
  rule: StormRule,
  { digests, atMs }: { readonly digests: readonly string[]; readonly atMs: number },
  { told, maxAgeMs }: Knowledge,
): boolean {
  return digests.some((digest) => {
    const heard = told(digest).filter((telling) => telling.atMs <= atMs);
    const onTheWay = heard.filter((telling) => telling.atMs > atMs - onTheWayMs);
    const last = heard.at(-onTheWay.length - 1);
    const candidates = [...onTheWay, ...(last === undefined ? [] : [last])];
    return candidates.some((telling) => violates(rule, telling) && atMs - telling.atMs <= maxAgeMs + onTheWayMs);
  });
}

function toldWords(digests: readonly string[], atMs: number, { told }: Knowledge): string {
  return digests
    .map((digest) => {
      const last = told(digest).findLast((telling) => telling.atMs <= atMs);
      return `${digest.slice(0, 15)}… ${last === undefined ? 'nothing' : `${JSON.stringify(last)}, ${atMs - last.atMs} ms before`}`;
    })
    .join(', ');
}

/** `policy/rule`; each policy calls its rule as it is called in the library of the storm. */
function ruleOf(key: string): StormRule {
  const rule = key.split('/')[1];
  if (rule === 'no-high' || rule === 'no-agpl' || rule === 'unscanned') return rule;
  throw new Error(`the storm has no rule ${key}`);
}

/** Of the images that its template names: those of older revisions are about to go, and no reason to act. */
function digestsOf({ after }: Act, { digestOf }: Knowledge): readonly string[] {
  return [digestOf(String(at(after, 'spec.template.spec.containers.0.image')))];
}

interface WrittenRecord {
  readonly timeMs: number;
  readonly rules: readonly string[];
  readonly digests: readonly string[];
}

function recordOf(object: unknown): WrittenRecord | undefined {
  const text = at(object, annotation);
  if (typeof text !== 'string') return undefined;
  const record: unknown = JSON.parse(text);
  const [rules, digests] = [at(record, 'rules'), at(record, 'digests')];
  return {
    timeMs: Date.parse(String(at(record, 'time'))),
    rules: Array.isArray(rules) ? rules.map(String) : [],
    digests: Array.isArray(digests) ? digests.map((one: unknown) => String(at(one, 'digest'))) : [],
  };
}

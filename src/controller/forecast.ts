// What the controller would decide about a workload at one moment, without being it: the same steps as a pass, and nothing is sent. Impure.
import { type Decision, decideWorkload } from '../actions/decide.ts';
import type { ActivePolicy } from '../actions/judge.ts';
import type { ReadMemory } from '../actions/memory.ts';
import { subjectOf } from '../actions/subject.ts';
import { type DocumentText, inputDocument } from '../evaluation/document.ts';
import { type ImageState, imageStates } from '../evaluation/image-state.ts';
import type { RuleAnswer } from '../evaluation/program.ts';
import type { Cluster } from '../facts/cluster.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { Recording } from '../facts/recording.ts';
import { joinWatches } from '../facts/watch-fact.ts';
import { gatherWorkload, type Workload } from '../facts/workload.ts';

export interface ForecastOptions {
  readonly recording: Recording;
  /** All policies that are to be in force, sorted by name, as the rule book has them. */
  readonly active: readonly ActivePolicy[];
  readonly evaluate: (document: DocumentText, ruleIds: readonly string[]) => Promise<ReadonlyMap<string, RuleAnswer>>;
  /** Names of policies that exist but cannot be read. */
  readonly unreadable: ReadonlySet<string>;
  /** `some`: there may be policies that were not given. What a workload is at zero for is then kept, as if they could not be read. */
  readonly known: 'all' | 'some';
  readonly protectedNamespaces: readonly string[];
}

/** One workload as it would be judged. */
export interface Forecast {
  /** With the images that it would run, where it is at zero by an action. */
  readonly workload: Workload;
  readonly memory: ReadMemory;
  readonly facts: readonly ImageState[];
  /** The input document that the rules were given. */
  readonly document: DocumentText;
  /** Absent when it is not judged: it is being deleted, or nothing of it runs or no policy is about it, and nothing is remembered. */
  readonly decision: Decision | undefined;
  readonly now: Date;
}

/** Returns the keys of all workloads, by namespace, kind and name. */
export function sortedWorkloadKeys(cluster: Cluster): readonly string[] {
  const named = [...cluster.workloadKeys()].flatMap((key) => {
    const ref = gatherWorkload(cluster, key)?.ref;
    return ref === undefined ? [] : [{ key, place: [ref.namespace, ref.kind, ref.name, ref.uid].join('\n') }];
  });
  return named.sort((a, b) => compareTexts(a.place, b.place)).map(({ key }) => key);
}

/** Judges the workload with this key at the moment of the recording; undefined when there is none. */
export async function forecastWorkload(options: ForecastOptions, key: string): Promise<Forecast | undefined> {
  const { recording, active } = options;
  const now = recording.takenAt;
  const subject = subjectOf(recording.cluster, key, { active, known: recording });
  if (subject === undefined) return undefined;
  const { workload, memory, ruleIds } = subject;
  const watches = subject.watches.map(recording.watchOf);
  const facts = imageStates(workload, recording.factOf, (fact) => joinWatches(fact, watches));
  const document = inputDocument(workload, facts, now).pieces;
  const forecast = { workload, memory, facts, document, now };
  if (workload.terminating || !subject.isJudged) return { ...forecast, decision: undefined };
  const decision = decideWorkload({
    workload,
    facts,
    answers: ruleIds.length === 0 ? new Map() : await options.evaluate(document, ruleIds),
    documentNow: now,
    policies: active,
    protectedNamespaces: options.protectedNamespaces,
    memory,
    unreadable: unreadableFor(memory, options),
    // Waiting times that only a process which has watched can know begin now.
    seen: {},
    watchOf: recording.watchOf,
    actionId: `forecast-${key}`,
    now,
  });
  return { ...forecast, decision };
}

function unreadableFor({ memory }: ReadMemory, { unreadable, known, active }: ForecastOptions): ReadonlySet<string> {
  if (known === 'all') return unreadable;
  const names = new Set(active.map(({ policy }) => policy.name));
  const remembered = [
    ...Object.keys(memory?.record?.policies ?? {}),
    ...(memory?.record?.rules ?? []).map((rule) => rule.split('/')[0] ?? ''),
  ];
  return new Set([...unreadable, ...remembered.filter((name) => !names.has(name))]);
}

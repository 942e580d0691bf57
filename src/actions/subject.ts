// What a pass is about: a workload with the images that it runs or would run, and the policies that are about it. Pure.
import type { Cluster } from '../facts/cluster.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import type { KnownImages } from '../facts/identity.ts';
import { gatherWorkload, type Workload } from '../facts/workload.ts';
import { matchesWorkload } from '../policy/match.ts';
import type { ActivePolicy } from './judge.ts';
import { identifyRemembered, type ReadMemory, readMemory, withRememberedImages } from './memory.ts';

export interface Subject {
  /** With the images that it would run, where it is at zero by an action. */
  readonly workload: Workload;
  readonly memory: ReadMemory;
  /** The policies that are about the workload. */
  readonly matching: readonly ActivePolicy[];
  /** The rules of theirs that can be evaluated, each once. */
  readonly ruleIds: readonly string[];
  /** The watches of Xray that they name, sorted, each once. */
  readonly watches: readonly string[];
  /** False when nothing of it runs or no policy is about it, and nothing is remembered. */
  readonly isJudged: boolean;
}

export interface SubjectOptions {
  /** What Xray and registries say of images; absent: images have the digests that runtimes report. */
  readonly known?: KnownImages;
  readonly active: readonly ActivePolicy[];
  /** Completes what the object itself remembers by what the process does. */
  readonly recall?: (read: ReadMemory) => ReadMemory;
}

/** Returns undefined when the key belongs to no workload (any more). */
export function subjectOf(cluster: Cluster, key: string, options: SubjectOptions): Subject | undefined {
  const { active, known, recall = (read) => read } = options;
  const found = gatherWorkload(cluster, key, known);
  if (found === undefined) return undefined;
  const memory = found.controller === undefined ? { memory: undefined, isVoid: false } : recall(readMemory(found.controller));
  const workload = withRememberedImages(found, memory.memory, identifyRemembered(cluster, known));
  const matching = workload.images.length === 0 ? [] : active.filter(({ policy }) => matchesWorkload(policy.match, workload));
  const ruleIds = [...new Set(matching.flatMap(({ rules }) => rules.flatMap(({ id }) => (id === undefined ? [] : [id]))))];
  const watches = [...new Set(matching.flatMap(({ policy }) => policy.watches))].sort(compareTexts);
  const isMarked = memory.memory !== undefined || memory.isVoid;
  return { workload, memory, matching, ruleIds, watches, isJudged: matching.length > 0 || isMarked };
}

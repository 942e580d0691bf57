// What files and Xray say of watches together: what neither of them can tell of an image is not known. Does I/O through its port only.
import type { Fact } from '../facts/fact.ts';
import type { WatchFact } from '../facts/watch-fact.ts';
import type { WatchSource } from '../facts/watch-source.ts';
import { askWatches } from './ask-watches.ts';
import { bothWatches } from './recorded-watches.ts';

type Watches = ReadonlyMap<string, WatchFact>;

export interface MissingWatches {
  /** Absent: nothing is asked. */
  readonly violations: WatchSource | undefined;
  /** Those that policies name. */
  readonly named: ReadonlySet<string>;
  /** What files say; of the images that they are about, and of no others. */
  readonly recorded: Watches;
  /** Files say something of every image. */
  readonly isAllRecorded: boolean;
  readonly now: Date;
  readonly askedAt: Date;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** Asks for the watches of which files do not say everything. To be called before Xray is asked about images. */
export async function askMissingWatches({ violations, named, recorded, isAllRecorded, ...asking }: MissingWatches): Promise<Watches> {
  if (violations === undefined) return new Map();
  const watches = [...named].filter((watch) => !isAllRecorded || !recorded.has(watch));
  return askWatches({ violations, watches, ...asking });
}

export interface GatheredWatches {
  readonly recorded: Watches;
  readonly asked: Watches;
  /** All that is known of images, and what of it Xray was asked for now. */
  readonly facts: ReadonlyMap<string, Fact>;
  readonly askedFacts: ReadonlyMap<string, Fact>;
}

/** Returns the watches that can be joined to all these images; those that cannot are unavailable and say so. */
export function joinableWatches({ recorded, asked, facts, askedFacts }: GatheredWatches): Watches {
  const placeless = [...facts.values()].some(
    (fact) => !askedFacts.has(fact.digest) && fact.state === 'scanned' && fact.paths === undefined,
  );
  const joinable = (watch: string): WatchFact => {
    const before = recorded.get(watch);
    const now = asked.get(watch);
    if (before !== undefined && now !== undefined) return bothWatches(before, now);
    if (before !== undefined) return askedFacts.size === 0 ? before : { state: 'unavailable', reason: onlyRecorded(watch) };
    return now === undefined || placeless ? { state: 'unavailable', reason: placelessReason(watch) } : now;
  };
  return new Map([...new Set([...recorded.keys(), ...asked.keys()])].map((watch) => [watch, joinable(watch)]));
}

function placelessReason(watch: string): string {
  return `what the watch ${watch} found cannot be told of images whose facts come from a file, which does not say where they lie`;
}

function onlyRecorded(watch: string): string {
  return `what was recorded of the watch ${watch} is not about all images`;
}

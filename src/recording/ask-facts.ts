// Asks a source of scans about many digests once, in batches, and returns facts. Does I/O through the source only.
import { type Fact, nextFact, unaskedFact } from '../facts/fact.ts';
import type { ScanAnswer, ScanSource } from '../facts/scan.ts';
import { messageOf } from '../failure.ts';

export interface AskFactsOptions {
  readonly scans: ScanSource;
  readonly digests: readonly string[];
  /** The time that the facts carry. */
  readonly now: Date;
  readonly signal: AbortSignal;
  /** Called after each answer. */
  readonly progress: (asked: number, of: number) => void;
}

const callsInFlight = 4;

/** Returns a fact for every digest; one that could not be asked is `unavailable` with the reason. Rejects only when the signal aborts. */
export async function askFacts({ scans, digests, now, signal, progress }: AskFactsOptions): Promise<ReadonlyMap<string, Fact>> {
  const facts = new Map<string, Fact>();
  const batches: (readonly string[])[] = Array.from({ length: Math.ceil(digests.length / scans.batchSize) }, (_, index) =>
    digests.slice(index * scans.batchSize, (index + 1) * scans.batchSize),
  );
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const answers = await answersTo(scans, batch, signal);
      const tooMuch = batch.length > 1 ? batch.filter((digest) => isTooMuch(answers.get(digest))) : [];
      // Half of them at a time, until one image alone is too much.
      if (tooMuch.length > 0) batches.push(...halves(tooMuch));
      for (const digest of batch.filter((asked) => !tooMuch.includes(asked))) {
        const answer = answers.get(digest) ?? { kind: 'unavailable', reason: 'Xray did not answer for this image' };
        facts.set(digest, nextFact(unaskedFact(digest), answer, now));
      }
      progress(facts.size, digests.length);
    }
  };
  await Promise.all(Array.from({ length: callsInFlight }, work));
  return facts;
}

/** A source that throws is a source that did not answer, unless it was told to end. */
async function answersTo(source: ScanSource, batch: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ScanAnswer>> {
  try {
    return await source.scans(batch, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return new Map(batch.map((digest) => [digest, { kind: 'unavailable', reason: messageOf(thrown) }]));
  }
}

function isTooMuch(answer: ScanAnswer | undefined): boolean {
  return answer?.kind === 'unavailable' && answer.smaller === true;
}

function halves(digests: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(digests.length / 2);
  return [digests.slice(0, middle), digests.slice(middle)];
}

// A source of scans in memory that answers, hangs or fails as a test says, and keeps the questions that it was asked.
import type { ScanAnswer, ScanSource } from '../../src/facts/scan.ts';
import { content } from './fact.ts';

export interface MemoryScans extends ScanSource {
  /** The digests of each question so far. */
  readonly questions: readonly (readonly string[])[];
  /** From now on the digest has this answer; a digest that is `missing` is left out of the answer. */
  readonly set: (digest: string, answer: ScanAnswer | 'missing') => void;
  /** Questions from now on are not answered before this is called. */
  readonly hold: () => () => void;
  /** Questions from now on are rejected; until called without an error. */
  readonly fail: (error?: Error) => void;
  /** Questions that are not answered yet. */
  readonly pending: () => number;
}

/** Returns a source that knows every digest as scanned and clean until told otherwise. */
export function memoryScans(batchSize = 50): MemoryScans {
  const answers = new Map<string, ScanAnswer | 'missing'>();
  const questions: (readonly string[])[] = [];
  let gate: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  let pending = 0;
  const answerOf = (digest: string): ScanAnswer | 'missing' => answers.get(digest) ?? { kind: 'scanned', content: content() };
  return {
    batchSize,
    questions,
    set: (digest, answer) => void answers.set(digest, answer),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = Promise.resolve();
        resolve();
      };
    },
    fail(error) {
      failure = error;
    },
    pending: () => pending,
    async scans(digests, signal) {
      questions.push(digests);
      if (failure !== undefined) throw failure;
      pending += 1;
      await Promise.race([gate, aborted(signal)]);
      pending -= 1;
      signal.throwIfAborted();
      const found = digests.map((digest) => [digest, answerOf(digest)] as const);
      return new Map(found.flatMap(([digest, answer]) => (answer === 'missing' ? [] : [[digest, answer]])));
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

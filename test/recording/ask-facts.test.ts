// Asking about many images once: in batches, in halves where an answer is too much, and with a reason for each that failed.
import test from 'ava';
import type { ScanAnswer, ScanSource } from '../../src/facts/scan.ts';
import { askFacts } from '../../src/recording/ask-facts.ts';
import { content, now } from '../builders/fact.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf } from '../builders/objects.ts';

const digests = Array.from({ length: 7 }, (_, index) => digestOf(`image ${index}`));
const ask = (scans: ScanSource, signal = new AbortController().signal) => askFacts({ scans, digests, now, signal, progress: () => {} });

test('every digest is asked once, in batches, and its fact has the time given', async (t) => {
  const scans = memoryScans(3);
  const seen: string[] = [];
  const facts = await askFacts({
    scans,
    digests,
    now,
    signal: new AbortController().signal,
    progress: (done, of) => seen.push(`${done}/${of}`),
  });
  t.deepEqual(
    scans.questions.map((question) => question.length),
    [3, 3, 1],
  );
  t.deepEqual([...facts.keys()].sort(), digests.toSorted());
  t.true([...facts.values()].every((fact) => fact.state === 'scanned' && fact.checkedAt === now));
  t.is(seen.at(-1), '7/7');
});

test('an answer that is too much for several images is asked for fewer, until one alone is too much', async (t) => {
  const tooMuch: ScanAnswer = { kind: 'unavailable', reason: 'too large', smaller: true };
  const questions: number[] = [];
  const scans: ScanSource = {
    batchSize: 50,
    scans: async (asked) => {
      questions.push(asked.length);
      const answer: ScanAnswer = asked.includes(digests[2] ?? '') ? tooMuch : { kind: 'scanned', content: content() };
      return new Map(asked.map((digest) => [digest, answer]));
    },
  };
  const facts = await ask(scans);
  t.like(facts.get(digests[2] ?? ''), { state: 'unavailable', digest: digests[2] ?? '', reason: 'too large' });
  t.is([...facts.values()].filter(({ state }) => state === 'scanned').length, 6);
  t.deepEqual(questions, [7, 4, 3, 2, 2, 1, 1]);
});

test('a source that throws, or leaves a digest out, leaves it unavailable with a reason', async (t) => {
  const failing = memoryScans();
  failing.fail(new Error('no way there'));
  t.deepEqual(
    [...new Set([...(await ask(failing)).values()].map((fact) => fact.state === 'unavailable' && fact.reason))],
    ['no way there'],
  );
  const forgetful = memoryScans();
  forgetful.set(digests[0] ?? '', 'missing');
  t.like((await ask(forgetful)).get(digests[0] ?? ''), {
    ...{ state: 'unavailable', digest: digests[0] ?? '', reason: 'Xray did not answer for this image' },
  });
});

test('nobody waits for an answer once it is over', async (t) => {
  const scans = memoryScans();
  scans.hold();
  const over = new AbortController();
  const asking = ask(scans, over.signal);
  over.abort(new Error('over'));
  await t.throwsAsync(asking, { message: 'over' });
});

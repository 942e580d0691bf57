// Which images news of places and digests concern, and what asking one of them again at once or for confirmation costs.
import test from 'ava';
import { Facts } from '../../src/facts/gather.ts';
import { simulatedClock } from '../builders/clock.ts';
import { content } from '../builders/fact.ts';
import { memoryScans } from '../builders/memory-scans.ts';
import { digestOf } from '../builders/objects.ts';

const hourMs = 3_600_000;
const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')];
const at = (...paths: readonly string[]) => ({ kind: 'scanned', content: content(), paths }) as const;

async function known() {
  const clock = simulatedClock();
  const source = memoryScans();
  const told: string[] = [];
  const facts = new Facts({ source, clock, random: () => 0.5, onChange: (digest) => told.push(digest) });
  source.set(a, at('docker-local/a/1', 'docker-copy/a/1'));
  source.set(b, at('docker-local/b/1'));
  source.set(c, { kind: 'unscanned' });
  facts.use('user', [a, b, c], 24 * hourMs);
  await clock.advance(100);
  told.length = 0;
  const asked = source.questions.length;
  return { clock, source, told, facts, later: () => source.questions.slice(asked) };
}

test('news of places and digests concern what lies there or is named, each once', async (t) => {
  const { facts } = await known();
  const digestsAt = (paths: readonly string[], digests: readonly string[] = []) =>
    facts.digestsAt({ paths: new Set(paths), digests: new Set(digests) });
  t.deepEqual(digestsAt(['docker-copy/a/1', 'docker-local/a/1'], [a]), [a]);
  t.deepEqual(digestsAt(['docker-local/b/1'], [c]), [b, c]);
  t.deepEqual(digestsAt(['docker-local/a', 'docker-local/a/1/x'], [digestOf('nobody')]), []);
  t.deepEqual(digestsAt([]), []);
});

test('a confirmation wished for many times while it is under way is one question, whose users are told though nothing changed', async (t) => {
  const { clock, told, facts, later } = await known();
  for (let wish = 0; wish < 5; wish += 1) facts.confirm(a);
  await clock.advance(100);
  t.deepEqual([later(), told], [[[a]], [a]]);
});

test('news make a question each time, and nobody is told of an answer that says the same', async (t) => {
  const { clock, told, facts, later } = await known();
  facts.askNow(b);
  await clock.advance(100);
  facts.askNow(b);
  await clock.advance(100);
  t.deepEqual([later(), told], [[[b], [b]], []]);
});

test('a digest that nobody uses is neither confirmed nor asked about', async (t) => {
  const { clock, facts, later } = await known();
  facts.confirm(digestOf('nobody'));
  facts.askNow(digestOf('nobody'));
  await clock.advance(1000);
  t.deepEqual(later(), []);
});

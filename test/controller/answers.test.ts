// Remembered answers: when they are good enough, and when the rules are asked again.
import test from 'ava';
import { Answers } from '../../src/controller/answers.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import { simulatedClock } from '../builders/clock.ts';

function start(kindOf: (id: string) => RuleAnswer = () => ({ kind: 'answered', json: '[]' })) {
  const clock = simulatedClock();
  const asked: (readonly string[])[] = [];
  const answers = new Answers({
    clock,
    evaluate: async (_document, ids) => {
      asked.push(ids);
      return new Map(ids.map((id) => [id, kindOf(id)]));
    },
  });
  const of = (ids: readonly string[], fingerprint = 'same', goodForMs = Number.POSITIVE_INFINITY) =>
    answers.of('uid-api', { ids, goodForMs, document: (now) => ({ pieces: [`{"now":"${now.toISOString()}"}`], fingerprint }) });
  return { clock, asked, answers, of };
}

test('the same document is asked about once, and the answers go with the moment that they are about', async (t) => {
  const { clock, asked, of } = start();
  const first = await of(['a', 'b']);
  await clock.advance(24 * 3_600_000);
  const second = await of(['b']);
  t.deepEqual([asked.length, second.documentNow], [1, first.documentNow]);
  t.is(second.answers.get('b')?.kind, 'answered');
});

test('another document, a rule that was not asked, and a rule that gave no answer are asked again', async (t) => {
  const { asked, of } = start((id) =>
    id === 'ended' ? { kind: 'failed', reason: 'Aborted', message: '' } : { kind: 'answered', json: '[]' },
  );
  await of(['a']);
  await of(['a'], 'other');
  await of(['a', 'b'], 'other');
  await of(['ended'], 'other');
  await of(['ended'], 'other');
  t.deepEqual(asked, [['a'], ['a'], ['a', 'b'], ['ended'], ['ended']]);
});

test('where time matters an answer is good for a minute', async (t) => {
  const { clock, asked, of } = start();
  await of(['a'], 'same', 60_000);
  await clock.advance(59_999);
  await of(['a'], 'same', 60_000);
  t.is(asked.length, 1);
  await clock.advance(1);
  await of(['a'], 'same', 60_000);
  t.is(asked.length, 2);
});

test('a workload that is forgotten is asked about anew, and no rules are no question', async (t) => {
  const { asked, answers, of } = start();
  await of(['a']);
  answers.forget('uid-api');
  await of(['a']);
  await of([]);
  t.is(asked.length, 2);
});

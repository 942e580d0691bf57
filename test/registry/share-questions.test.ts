import test from 'ava';
import { shareQuestions } from '../../src/registry/share-questions.ts';

const signal = new AbortController().signal;

test('the same question is asked once at a time, and again afterwards', async (t) => {
  const share = shareQuestions<number>();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return asked;
  };
  t.deepEqual(await Promise.all([share('a', signal, ask), share('a', signal, ask), share('b', signal, ask)]), [1, 1, 2]);
  t.is(await share('a', signal, ask), 3);
});

test('who goes alone leaves the others their answer', async (t) => {
  const share = shareQuestions<string>();
  const { promise, resolve } = Promise.withResolvers<string>();
  const impatient = new AbortController();
  const leaves = share('a', impatient.signal, () => promise);
  const stays = share('a', signal, () => promise);
  impatient.abort(new Error('late'));
  await t.throwsAsync(leaves, { message: 'late' });
  resolve('answer');
  t.is(await stays, 'answer');
});

test('when all have gone the question ends, and the next one is a new one', async (t) => {
  const share = shareQuestions<string>();
  let ended: unknown;
  const ask = (shared: AbortSignal) => {
    const { promise, reject } = Promise.withResolvers<string>();
    shared.addEventListener('abort', () => {
      ended = shared.reason;
      reject(shared.reason);
    });
    return promise;
  };
  const one = new AbortController();
  const other = new AbortController();
  const both = [share('a', one.signal, ask), share('a', other.signal, ask)];
  one.abort(new Error('one'));
  await t.throwsAsync(both[0] ?? Promise.resolve(), { message: 'one' });
  t.is(ended, undefined);
  other.abort(new Error('other'));
  await t.throwsAsync(both[1] ?? Promise.resolve(), { message: 'other' });
  t.deepEqual(ended, new Error('other'));
  t.is(await share('a', signal, async () => 'new'), 'new');
});

test('a failure is everybody’s, and is not kept', async (t) => {
  const share = shareQuestions<string>();
  const fail = async () => {
    throw new Error('down');
  };
  const both = [share('a', signal, fail), share('a', signal, fail)];
  for (const each of both) await t.throwsAsync(each, { message: 'down' });
  t.is(await share('a', signal, async () => 'up'), 'up');
});

// What a person who waits is told, on a terminal and in a log.
import test from 'ava';
import { withPatientProgress } from '../../src/commands/patient-progress.ts';
import { simulatedTimers } from '../kubernetes/simulated-timers.ts';

function written(isTTY: boolean) {
  const texts: string[] = [];
  return { texts, stream: { isTTY, write: (text: string) => texts.push(text) } };
}

test('a log is told nothing for two seconds, then the latest every five', async (t) => {
  const { texts, stream } = written(false);
  const { setTimer, advance, pendingMs } = simulatedTimers();
  await withPatientProgress({ stream, setTimer }, async (progress) => {
    progress('Pods');
    advance(1_999);
    t.deepEqual(texts, []);
    advance(1);
    progress('Jobs');
    progress('Namespaces');
    advance(4_999);
    t.deepEqual(texts, ['Pods\n']);
    advance(1);
    t.deepEqual(texts, ['Pods\n', 'Namespaces\n']);
  });
  t.deepEqual(pendingMs(), []);
});

test('a terminal is told at once, and what is left is erased, also when the work fails', async (t) => {
  const { texts, stream } = written(true);
  const work = withPatientProgress({ stream }, async (progress) => {
    progress('Pods');
    throw new Error('gone');
  });
  await t.throwsAsync(work, { message: 'gone' });
  t.deepEqual(texts, ['\r\u001b[KPods', '\r\u001b[K']);
});

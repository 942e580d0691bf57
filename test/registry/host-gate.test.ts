import test from 'ava';
import { RegistryFailure } from '../../src/registry/errors.ts';
import { createGate, type Gate, type Turn } from '../../src/registry/host-gate.ts';

const signal = new AbortController().signal;
const down = new RegistryFailure('host', 'down');

interface Asked {
  readonly turn: () => Turn | undefined;
  readonly end: (result: 'answered' | 'cancelled' | RegistryFailure) => Promise<void>;
}

/** Asks for a turn; whether it was given is seen after `settled`. */
function ask(gate: Gate, host: string): Asked {
  let given: Turn | undefined;
  void gate.enter(host, signal).then((turn) => {
    given = turn;
  });
  return {
    turn: () => given,
    end: async (result) => {
      if (given?.kind === 'granted') given.end(result);
      await settled();
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const kinds = (all: readonly Asked[]) => all.map((each) => each.turn()?.kind ?? 'waits');

/** One question that was answered, so that the host is known. */
async function meet(gate: Gate, ...hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const asked = ask(gate, host);
    await settled();
    await asked.end('answered');
  }
}

test('two questions to a registry are under way at a time', async (t) => {
  const gate = createGate(() => 0);
  const all = ['a', 'a', 'a'].map((host) => ask(gate, host));
  await settled();
  t.deepEqual(kinds(all), ['granted', 'granted', 'waits']);
  await all[0]?.end('answered');
  t.deepEqual(kinds(all), ['granted', 'granted', 'granted']);
});

test('eight questions are under way in all', async (t) => {
  const gate = createGate(() => 0);
  const hosts = ['a', 'b', 'c', 'd', 'e'];
  await meet(gate, ...hosts);
  const all = [...hosts, ...hosts].map((host) => ask(gate, host));
  await settled();
  t.is(kinds(all).filter((kind) => kind === 'granted').length, 8);
});

test('registries that never answered leave room for one that did', async (t) => {
  const gate = createGate(() => 0);
  await meet(gate, 'known');
  const strangers = Array.from({ length: 50 }, (_, index) => ask(gate, `stranger-${index}`));
  const known = ask(gate, 'known');
  await settled();
  t.is(kinds(strangers).filter((kind) => kind === 'granted').length, 4);
  t.deepEqual(kinds([known]), ['granted']);
});

test('a turn that becomes free goes to a registry that answered before, whoever came first', async (t) => {
  const gate = createGate(() => 0);
  await meet(gate, 'a', 'b', 'c', 'd', 'known');
  const all = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd', 'stranger', 'known'].map((host) => ask(gate, host));
  await settled();
  await all[0]?.end('answered');
  t.deepEqual(kinds(all.slice(8)), ['waits', 'granted']);
});

test('a registry that fails three times is left alone, and so are the questions that wait for it', async (t) => {
  let nowMs = 0;
  const gate = createGate(() => nowMs);
  const all = ['a', 'a', 'a', 'a', 'a'].map((host) => ask(gate, host));
  await settled();
  for (const asked of all.slice(0, 3)) await asked.end(down);
  t.deepEqual(kinds(all), ['granted', 'granted', 'granted', 'granted', 'refused']);
  nowMs = 4_999;
  const early = ask(gate, 'a');
  const other = ask(gate, 'b');
  await settled();
  t.deepEqual(kinds([early, other]), ['refused', 'granted']);
});

test('after a pause one question tries, and the pause doubles while it fails', async (t) => {
  let nowMs = 0;
  const gate = createGate(() => nowMs);
  for (let times = 0; times < 3; times += 1) {
    const asked = ask(gate, 'a');
    await settled();
    await asked.end(down);
  }
  nowMs = 5_000;
  const [probe, next] = [ask(gate, 'a'), ask(gate, 'a')];
  await settled();
  t.deepEqual(kinds([probe, next]), ['granted', 'waits']);
  await probe.end(down);
  t.deepEqual(kinds([next]), ['refused']);
  nowMs = 14_999;
  const early = ask(gate, 'a');
  nowMs = 15_000;
  const second = ask(gate, 'a');
  await settled();
  t.deepEqual(kinds([early, second]), ['refused', 'granted']);
  await second.end('answered');
  const both = [ask(gate, 'a'), ask(gate, 'a')];
  await settled();
  t.deepEqual(kinds(both), ['granted', 'granted']);
});

test('a useless answer is an answer', async (t) => {
  const gate = createGate(() => 0);
  for (let times = 0; times < 5; times += 1) {
    const asked = ask(gate, 'a');
    await settled();
    t.deepEqual(kinds([asked]), ['granted']);
    await asked.end(new RegistryFailure('answer', 'refused'));
  }
});

test('a pause that a registry asks for is kept at once, for ten minutes at most', async (t) => {
  let nowMs = 0;
  const gate = createGate(() => nowMs);
  const asked = ask(gate, 'a');
  await settled();
  await asked.end(new RegistryFailure('host', 'too many requests', { retryAfterMs: 86_400_000 }));
  nowMs = 599_999;
  const early = ask(gate, 'a');
  nowMs = 600_000;
  const late = ask(gate, 'a');
  await settled();
  t.deepEqual(kinds([early, late]), ['refused', 'granted']);
});

test('who gives up while waiting leaves no trace', async (t) => {
  const gate = createGate(() => 0);
  const first = [ask(gate, 'a'), ask(gate, 'a')];
  await settled();
  const controller = new AbortController();
  const waits = gate.enter('a', controller.signal);
  const next = ask(gate, 'a');
  controller.abort(new Error('gone'));
  await t.throwsAsync(waits, { message: 'gone' });
  await first[0]?.end('cancelled');
  t.deepEqual(kinds([next]), ['granted']);
});

test('more than two thousand waiting questions are refused', async (t) => {
  const gate = createGate(() => 0);
  const all = Array.from({ length: 2_003 }, () => ask(gate, 'a'));
  await settled();
  t.deepEqual(kinds(all.slice(-2)), ['waits', 'refused']);
});

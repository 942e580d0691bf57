// The reflector on a transport in memory and a simulated clock.
import test from 'ava';
import { refusal } from '../../src/kubernetes/kubernetes-failure.ts';
import { type Reflector, startReflector } from '../../src/kubernetes/reflector.ts';
import { type MemoryListWatch, type MemoryWatch, memoryListWatch } from './memory-list-watch.ts';
import { type SimulatedTimers, simulatedTimers } from './simulated-timers.ts';

interface Pod {
  readonly name: string;
  readonly version: string;
}

interface Fixture {
  readonly transport: MemoryListWatch;
  readonly timers: SimulatedTimers;
  readonly reflector: Reflector;
  /** What the handlers were told, as `+name@version`, `~name@version<previous` and `-name@version`. */
  readonly told: string[];
  readonly logged: string[];
  /** Moves the clock and lets promises settle. */
  readonly advance: (ms: number) => Promise<void>;
  readonly settle: () => Promise<void>;
  readonly watch: () => MemoryWatch;
}

function start(): Fixture {
  const transport = memoryListWatch();
  const timers = simulatedTimers();
  const told: string[] = [];
  const logged: string[] = [];
  const log = (_fields: object, message: string) => {
    logged.push(message);
  };
  const reflector = startReflector<Pod>({
    name: 'pods',
    transport,
    timers,
    random: () => 0,
    log: { info: log, error: log },
    project: (raw) => {
      // The tests below build nothing but such objects.
      const { name, resourceVersion } = raw.metadata as { name: string; resourceVersion: string };
      if (name === 'throws') throw new Error('no projection');
      return name === 'undefined' ? undefined : { name, version: resourceVersion };
    },
    onUpsert: (pod, previous) => {
      told.push(`${previous === undefined ? '+' : '~'}${pod.name}@${pod.version}${previous === undefined ? '' : `<${previous.version}`}`);
      if (pod.name === 'handler-throws') throw new Error('broken handler');
    },
    onDelete: (pod) => {
      told.push(`-${pod.name}@${pod.version}`);
    },
  });
  const settle = async () => {
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const advance = async (ms: number) => {
    timers.advance(ms);
    await settle();
  };
  const watch = () => {
    const last = transport.watches.at(-1);
    if (last === undefined) throw new Error('no watch was opened');
    return last;
  };
  return { transport, timers, reflector, told, logged, advance, settle, watch };
}

const object = (name: string, version: string, uid = `uid-${name}`) => ({
  metadata: { namespace: 'shop', name, uid, resourceVersion: version },
});
const page = (resourceVersion: string, items: readonly object[], continueToken = '') => ({
  metadata: { resourceVersion, continue: continueToken },
  items,
});
const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } };

/** Starts a reflector that has listed the objects and watches from version 10. */
async function startSynced(...items: readonly object[]): Promise<Fixture> {
  const fixture = start();
  fixture.transport.answerList(page('10', items));
  await fixture.settle();
  return fixture;
}

test('a list hands over its objects and then it is synced', async (t) => {
  const { transport, reflector, told, settle } = start();
  await settle();
  t.false(reflector.state().hasSynced);
  transport.answerList(page('10', [object('a', '1'), object('b', '2')]));
  await reflector.synced;
  t.deepEqual(told, ['+a@1', '+b@2']);
  t.like(reflector.state(), { hasSynced: true, lists: 1, objects: 2, lastError: undefined, lastEventAtMs: 0 });
  await reflector.stop();
});

test('a list in pages is handed over only when all pages are there', async (t) => {
  const { transport, reflector, told, settle } = start();
  transport.answerList(page('10', [object('a', '1')], 'next'));
  await settle();
  t.deepEqual(told, []);
  transport.answerList(page('10', [object('b', '2')]));
  await settle();
  t.deepEqual(told, ['+a@1', '+b@2']);
  t.deepEqual(transport.continueTokens, ['', 'next']);
  await reflector.stop();
});

test('a list whose items are null is empty, and synced', async (t) => {
  const { transport, reflector } = start();
  transport.answerList({ metadata: { resourceVersion: '10' }, items: null });
  await reflector.synced;
  t.like(reflector.state(), { hasSynced: true, objects: 0 });
  await reflector.stop();
});

test('the watch goes on where the list ended, for 300 to 600 s', async (t) => {
  const { reflector, watch } = await startSynced();
  t.is(watch().request.resourceVersion, '10');
  t.is(watch().request.timeoutSeconds, 300);
  await reflector.stop();
});

test('events become new, changed and deleted objects', async (t) => {
  const { reflector, told, watch, settle } = await startSynced();
  watch().send({ type: 'ADDED', object: object('a', '11') });
  watch().send({ type: 'MODIFIED', object: object('a', '12') });
  watch().send({ type: 'DELETED', object: object('a', '13') });
  await settle();
  t.deepEqual(told, ['+a@11', '~a@12<11', '-a@12']);
  await reflector.stop();
});

test('an object that was made anew under its name is deleted and added', async (t) => {
  const { reflector, told, watch, settle } = await startSynced(object('a', '1'));
  watch().send({ type: 'MODIFIED', object: object('a', '12', 'another-uid') });
  await settle();
  t.deepEqual(told, ['+a@1', '-a@1', '+a@12']);
  await reflector.stop();
});

test('a watch that ended in its time is reopened at once, from the last bookmark', async (t) => {
  const { transport, reflector, watch, advance, settle } = await startSynced();
  watch().send({ type: 'ADDED', object: object('a', '11') });
  watch().send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '99' } } });
  await settle();
  await advance(20_000);
  watch().end();
  await settle();
  t.is(transport.watches.length, 2);
  t.is(watch().request.resourceVersion, '99');
  t.like(reflector.state(), { lists: 1, lastError: undefined });
  await reflector.stop();
});

test('a watch that ends at once is not reopened in a loop', async (t) => {
  const { transport, reflector, watch, advance, settle } = await startSynced();
  watch().end();
  await settle();
  t.is(transport.watches.length, 1);
  await advance(999);
  t.is(transport.watches.length, 1);
  await advance(1);
  t.is(transport.watches.length, 2);
  watch().end();
  await settle();
  await advance(1999);
  t.is(transport.watches.length, 2);
  await advance(1);
  t.is(transport.watches.length, 3);
  await reflector.stop();
});

test('the back-off starts anew only after a watch that lived for more than 10 s', async (t) => {
  const { transport, timers, reflector, watch, advance, settle } = await startSynced();
  watch().fail(new Error('reset'));
  await settle();
  await advance(1000);
  await advance(9000);
  watch().fail(new Error('reset'));
  await settle();
  t.deepEqual(timers.pendingMs(), [2000]);
  await advance(2000);
  await advance(10_001);
  watch().fail(new Error('reset'));
  await settle();
  t.deepEqual(timers.pendingMs(), [1000]);
  t.is(transport.watches.length, 3);
  await reflector.stop();
});

test('failures in a row wait up to 30 s', async (t) => {
  const { transport, timers, reflector, watch, advance, settle } = await startSynced();
  for (let refused = 0; refused < 6; refused += 1) transport.refuseWatch(refusal('WATCH /api/v1/pods', { status: 503 }));
  watch().end();
  await settle();
  const delays: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    delays.push(timers.pendingMs()[0] ?? 0);
    await advance(delays.at(-1) ?? 0);
  }
  t.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000, 30_000]);
  await reflector.stop();
});

test('an expired resource version, told in the stream, leads to a list that tells what was missed', async (t) => {
  const { transport, reflector, told, watch, advance, settle } = await startSynced(object('a', '1'), object('b', '2'), object('c', '3'));
  watch().send(gone);
  transport.answerList(page('50', [object('b', '2'), object('c', '40'), object('d', '41')]));
  await settle();
  await advance(1000);
  t.deepEqual(told.slice(3), ['-a@1', '~c@40<3', '+d@41']);
  t.is(watch().request.resourceVersion, '50');
  t.like(reflector.state(), { lists: 2, lastError: undefined });
  await reflector.stop();
});

test('an expired resource version, told as HTTP 410, leads to a list', async (t) => {
  const { transport, reflector, watch, advance, settle } = await startSynced();
  transport.refuseWatch(refusal('WATCH /api/v1/pods', { status: 410 }));
  transport.answerList(page('50', []));
  watch().end();
  await settle();
  await advance(1000);
  await advance(2000);
  t.is(watch().request.resourceVersion, '50');
  t.is(reflector.state().lists, 2);
  await reflector.stop();
});

test('a continue token that expires between two pages starts the list again', async (t) => {
  const { transport, reflector, told, settle, advance } = start();
  transport.answerList(page('10', [object('a', '1')], 'next'));
  transport.answerList(refusal('GET /api/v1/pods', { status: 410 }));
  transport.answerList(page('20', [object('b', '2')]));
  await settle();
  await advance(1000);
  t.deepEqual(told, ['+b@2']);
  t.deepEqual(transport.continueTokens, ['', 'next', '']);
  await reflector.stop();
});

test('another error in the stream reopens the watch where it was', async (t) => {
  const { transport, reflector, watch, advance, settle } = await startSynced();
  watch().send({ type: 'ADDED', object: object('a', '11') });
  watch().send({ type: 'ERROR', object: { code: 500, message: 'etcd is away' } });
  await settle();
  t.is(reflector.state().lastError, 'watch pods: 500 etcd is away');
  await advance(1000);
  t.is(transport.watches.length, 2);
  t.is(watch().request.resourceVersion, '11');
  t.like(reflector.state(), { lists: 1, lastError: undefined });
  await reflector.stop();
});

test('a line of garbage reopens the watch after the events before it', async (t) => {
  const { reflector, told, watch, advance, settle } = await startSynced();
  watch().send({ type: 'ADDED', object: object('a', '11') });
  watch().sendText('<html>502</html>\n');
  await settle();
  await advance(1000);
  t.deepEqual(told, ['+a@11']);
  t.is(watch().request.resourceVersion, '11');
  await reflector.stop();
});

test('a watch that falls silent for three minutes is given up and reopened', async (t) => {
  const { transport, reflector, watch, advance } = await startSynced();
  await advance(100_000);
  watch().send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } });
  await advance(0);
  await advance(179_999);
  t.is(transport.watches.length, 1);
  await advance(1);
  t.is(reflector.state().lastError, 'watch pods: nothing came for 180000 ms');
  await advance(1000);
  t.is(transport.watches.length, 2);
  t.is(watch().request.resourceVersion, '12');
  await reflector.stop();
});

test('a watch that the server does not end is given up 5 s later', async (t) => {
  const { transport, reflector, watch, advance } = await startSynced();
  for (let minute = 1; minute <= 5; minute += 1) {
    await advance(60_000);
    watch().send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: `1${minute}` } } });
    await advance(0);
  }
  await advance(4_999);
  t.is(reflector.state().lastError, undefined);
  await advance(1);
  t.is(reflector.state().lastError, 'watch pods: the server did not end it after 305000 ms');
  await advance(1000);
  t.is(transport.watches.length, 2);
  await reflector.stop();
});

test('a server that asks for time is given it', async (t) => {
  const { transport, timers, reflector, advance, settle } = start();
  transport.answerList(refusal('GET /api/v1/pods', { status: 429, retryAfter: '17' }));
  await settle();
  t.deepEqual(timers.pendingMs(), [17_000]);
  transport.answerList(page('10', []));
  await advance(17_000);
  t.true(reflector.state().hasSynced);
  await reflector.stop();
});

test('a forbidden list never syncs, says why, and is tried again', async (t) => {
  const { transport, reflector, logged, advance, settle } = start();
  const message = 'pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope';
  const forbidden = refusal('GET /api/v1/pods', { status: 403, body: { reason: 'Forbidden', message } });
  transport.answerList(forbidden);
  transport.answerList(forbidden);
  await settle();
  await advance(1000);
  t.like(reflector.state(), { hasSynced: false, lists: 0, lastError: `GET /api/v1/pods: 403 ${message}` });
  t.deepEqual(logged, ['list or watch failed', 'list or watch failed']);
  transport.answerList(page('10', []));
  await advance(2000);
  t.like(reflector.state(), { hasSynced: true, lastError: undefined });
  await reflector.stop();
});

test('an answer that is no list is a failure, not an empty cluster', async (t) => {
  const { transport, reflector, told, watch, advance, settle } = await startSynced(object('a', '1'));
  watch().send(gone);
  transport.answerList({ kind: 'Status', status: 'Success' });
  await settle();
  await advance(1000);
  t.is(reflector.state().lastError, 'list pods: the answer is no list');
  t.deepEqual(told, ['+a@1']);
  t.is(reflector.state().objects, 1);
  await reflector.stop();
});

test('objects that cannot be projected are skipped and counted, and do not look deleted', async (t) => {
  const { reflector, told, logged, watch, settle } = await startSynced(
    object('throws', '1'),
    object('undefined', '2'),
    { metadata: {} },
    object('a', '3'),
  );
  watch().send({ type: 'MODIFIED', object: object('throws', '11') });
  watch().send({ type: 'SURPRISE', object: object('a', '12') });
  watch().send({ type: 'MODIFIED', object: object('a', '13') });
  await settle();
  t.deepEqual(told, ['+a@3', '~a@13<3']);
  t.is(reflector.state().skipped, 5);
  t.is(logged.filter((message) => message === 'object skipped').length, 5);
  await reflector.stop();
});

test('a handler that throws is logged and counted, and the next ones are called', async (t) => {
  const { reflector, told, logged, watch, settle } = await startSynced(object('handler-throws', '1'), object('a', '2'));
  watch().send({ type: 'MODIFIED', object: object('handler-throws', '11') });
  watch().send({ type: 'MODIFIED', object: object('a', '12') });
  await settle();
  t.deepEqual(told, ['+handler-throws@1', '+a@2', '~handler-throws@11<1', '~a@12<2']);
  t.like(reflector.state(), { handlerErrors: 2, lastError: undefined });
  t.deepEqual(logged, ['handler of a change failed', 'handler of a change failed']);
  await reflector.stop();
});

test('the time of the last event is that of the last bookmark too', async (t) => {
  const { reflector, watch, advance } = await startSynced();
  await advance(60_000);
  watch().send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } });
  await advance(1);
  t.is(reflector.state().lastEventAtMs, 60_001);
  await reflector.stop();
});

test('stopping ends a list, a watch and a wait, leaves no timer, and no handler is called afterwards', async (t) => {
  const listing = start();
  await listing.settle();
  await listing.reflector.stop();
  t.deepEqual(listing.timers.pendingMs(), []);

  const watching = await startSynced();
  await watching.reflector.stop();
  watching.watch().send({ type: 'ADDED', object: object('a', '11') });
  await watching.settle();
  t.deepEqual(watching.told, []);
  t.deepEqual(watching.timers.pendingMs(), []);

  const waiting = await startSynced();
  waiting.watch().end();
  await waiting.settle();
  await waiting.reflector.stop();
  await waiting.reflector.stop();
  t.deepEqual(waiting.timers.pendingMs(), []);
  t.is(waiting.transport.watches.length, 1);
});

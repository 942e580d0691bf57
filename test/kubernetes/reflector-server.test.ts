// Reflector and client together against a local HTTP server that lists, watches and misbehaves; time runs a hundred times faster.
import type { ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import type { Timers } from '../../src/controller/queue.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { createKubernetesClient } from '../../src/kubernetes/client.ts';
import { createListWatch } from '../../src/kubernetes/list-watch.ts';
import { type Reflector, startReflector } from '../../src/kubernetes/reflector.ts';
import { waitForValue } from '../cluster/wait-for.ts';
import { type LocalServer, type Received, sendJson, startLocalServer } from './local-server.ts';

const fastTimers: Timers = {
  now: () => performance.now() * 100,
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs / 100);
    return () => clearTimeout(timer);
  },
};

type Fault = (response: ServerResponse) => void;

/** Pods by name with their resource versions; each change is sent to the open watches. */
class PodServer {
  readonly #pods = new Map<string, number>();
  readonly #watches = new Set<ServerResponse>();
  readonly listFaults: Fault[] = [];
  readonly watchFaults: Fault[] = [];
  #version = 100;

  readonly answer = (received: Received, response: ServerResponse): void => {
    const isWatch = received.query.watch === 'true';
    const fault = (isWatch ? this.watchFaults : this.listFaults).shift();
    if (fault !== undefined) fault(response);
    else if (isWatch) this.#open(response);
    else
      sendJson(response, 200, {
        metadata: { resourceVersion: String(this.#version) },
        items: [...this.#pods].map(([name, version]) => pod(name, version)),
      });
  };

  set(name: string): void {
    this.#version += 1;
    const type = this.#pods.has(name) ? 'MODIFIED' : 'ADDED';
    this.#pods.set(name, this.#version);
    this.#send({ type, object: pod(name, this.#version) });
  }

  remove(name: string): void {
    this.#version += 1;
    this.#pods.delete(name);
    this.#send({ type: 'DELETED', object: pod(name, this.#version) });
  }

  /** Changes the cluster behind the back of the watches. */
  removeSilently(name: string): void {
    this.#pods.delete(name);
  }

  openWatches(): number {
    return this.#watches.size;
  }

  breakWatches(how: Fault): void {
    for (const response of this.#watches) how(response);
  }

  #open(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }

  #send(event: JsonObject): void {
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
    for (const response of this.#watches) {
      response.write(bytes.subarray(0, 20));
      response.write(bytes.subarray(20));
    }
  }
}

const pod = (name: string, version: number) => ({ metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) } });
const gone = `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`;
const cut: Fault = (response) => {
  response.socket?.destroy();
};

interface Fixture {
  readonly pods: PodServer;
  readonly server: LocalServer;
  readonly reflector: Reflector;
  readonly names: () => readonly string[];
  /** Waits until the reflector knows these pods. */
  readonly knows: (...names: readonly string[]) => Promise<void>;
  /** Waits until a watch is open. */
  readonly watching: () => Promise<void>;
}

async function start(t: ExecutionContext, prepare: (pods: PodServer) => void = () => {}): Promise<Fixture> {
  const pods = new PodServer();
  prepare(pods);
  const server = await startLocalServer(pods.answer);
  const client = await createKubernetesClient({ kubeconfigPath: server.kubeconfigPath, env: {} });
  const known = new Set<string>();
  const reflector = startReflector<string>({
    name: 'pods',
    transport: createListWatch(client, 'Pod'),
    timers: fastTimers,
    random: () => 0,
    log: { info: () => {}, error: () => {} },
    // The server above names all of them.
    project: (raw) => (raw.metadata as { name: string }).name,
    onUpsert: (name) => known.add(name),
    onDelete: (name) => known.delete(name),
  });
  t.teardown(async () => {
    await reflector.stop();
    await client.close();
    await server.close();
  });
  const names = () => [...known].sort();
  return {
    pods,
    server,
    reflector,
    names,
    knows: (...wanted) => waitForValue(names, wanted, { what: 'pods known', intervalMs: 5 }),
    watching: () => waitForValue(() => pods.openWatches(), 1, { what: 'open watch', intervalMs: 5 }),
  };
}

test('what the server has and what happens to it is known', async (t) => {
  const { pods, server, knows, watching } = await start(t, (before) => before.set('a'));
  await knows('a');
  await watching();
  pods.set('b');
  pods.set('a');
  pods.remove('a');
  await knows('b');
  t.deepEqual(
    server.received.map(({ path, query }) => [path, query]),
    [
      ['/api/v1/pods', { limit: '500' }],
      ['/api/v1/pods', { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '300', resourceVersion: '101' }],
    ],
  );
});

const startFaults: readonly (readonly [string, Fault])[] = [
  ['500', (response) => sendJson(response, 500, {})],
  ['429 with Retry-After', (response) => sendJson(response, 429, {}, { 'retry-after': '1' })],
  ['410', (response) => sendJson(response, 410, { reason: 'Expired' })],
  ['a broken connection', cut],
  ['an answer that is not JSON', (response) => response.writeHead(200).end('{"items":')],
  ['an answer that is no list', (response) => sendJson(response, 200, { kind: 'Status' })],
];

for (const [name, fault] of startFaults) {
  test(`a list answered by ${name} is asked for again`, async (t) => {
    const { knows } = await start(t, (pods) => {
      pods.set('a');
      pods.listFaults.push(fault, fault);
    });
    await knows('a');
    t.pass();
  });

  test(`a watch answered by ${name} is opened again`, async (t) => {
    const { pods, knows, watching } = await start(t, (before) => before.watchFaults.push(fault, fault));
    await watching();
    pods.set('a');
    await knows('a');
    t.pass();
  });
}

const streamFaults: readonly (readonly [string, Fault])[] = [
  ['ends', (response) => response.end()],
  ['breaks', cut],
  ['sends garbage', (response) => response.write('no event\n')],
  ['breaks in the middle of a line', (response) => response.write('{"type":"ADDED","obj', () => cut(response))],
  ['reports an error', (response) => response.write(`${JSON.stringify({ type: 'ERROR', object: { code: 500 } })}\n`)],
  ['falls silent', () => {}],
];

for (const [name, fault] of streamFaults) {
  test(`after a watch that ${name} the next one goes on`, async (t) => {
    const { pods, server, knows, watching } = await start(t);
    await watching();
    pods.set('a');
    await knows('a');
    pods.breakWatches(fault);
    const watches = () => server.received.filter(({ query }) => query.watch === 'true');
    await waitForValue(() => watches().length, 2, { what: 'second watch', intervalMs: 5 });
    await watching();
    pods.set('b');
    await knows('a', 'b');
    t.is(watches()[1]?.query.resourceVersion, '101');
  });
}

test('after a watch that expired a list finds what went missing', async (t) => {
  const { pods, reflector, knows, watching } = await start(t, (before) => {
    before.set('a');
    before.set('b');
  });
  await knows('a', 'b');
  await watching();
  pods.removeSilently('a');
  pods.breakWatches((response) => response.write(gone));
  await knows('b');
  t.is(reflector.state().lists, 2);
});

test('a server that is away for a while is found again', async (t) => {
  const { pods, reflector, knows, watching } = await start(t, (before) => before.watchFaults.push(cut, cut, cut, cut, cut));
  await watching();
  pods.set('a');
  await knows('a');
  t.is(reflector.state().lists, 1);
});

// Keeps the objects of one kind as they are in the cluster: list, watch, and start over when that fails. I/O through its transport only.
import type { Timers } from '../controller/queue.ts';
import type { JsonObject } from '../facts/json.ts';
import { ChangeFeed, type ChangeFeedCounts, type ChangeFeedOptions } from './change-feed.ts';
import { textOf, valueAt } from './json-reading.ts';
import { badAnswer, KubernetesFailure, noAnswer, refusal } from './kubernetes-failure.ts';
import { type ListWatch, listAll } from './list-watch.ts';
import type { Seen } from './object-store.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createWatchGuard } from './watch-guard.ts';
import { type WatchEvent, watchEvents } from './watch-stream.ts';

export interface ReflectorOptions<T> extends ChangeFeedOptions<T> {
  readonly transport: ListWatch;
  readonly timers: Timers;
  /** Random numbers in [0, 1). */
  readonly random: () => number;
}

export interface ReflectorState extends ChangeFeedCounts {
  /** True once the first complete list was handed to the handlers, and from then on. */
  readonly hasSynced: boolean;
  /** When the last list, event or bookmark came, by the clock of the timers; undefined before the first. */
  readonly lastEventAtMs: number | undefined;
  /** Complete lists, the first included. */
  readonly lists: number;
  /** The failure that the reflector is recovering from; undefined while all is well. */
  readonly lastError: string | undefined;
}

export interface Reflector {
  readonly state: () => ReflectorState;
  /** Resolves with the first sync; does not when the reflector is stopped before. */
  readonly synced: Promise<void>;
  /** Ends list or watch; resolves when no handler will be called any more. Calling it twice is safe. */
  readonly stop: () => Promise<void>;
}

// The server ends each watch after 5 to 10 minutes, so that they spread over its replicas; the client gives up a little later.
const minWatchSeconds = 300;
const maxWatchSeconds = 600;
const watchGraceMs = 5_000;
// A watch that ends sooner than this is a failure, however it ends.
const livedMs = 10_000;

/** Starts to list and watch; handlers are called from the next turn on, one at a time, until `stop`. */
export function startReflector<T>(options: ReflectorOptions<T>): Reflector {
  const loop = new ReflectorLoop(options);
  const ended = loop.run();
  return {
    state: () => loop.state(),
    synced: loop.synced,
    stop: () => {
      loop.stop();
      return ended;
    },
  };
}

class ReflectorLoop<T> {
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #feed: ChangeFeed<T>;
  readonly #stopping = new AbortController();
  readonly #markSynced: () => void;
  #resourceVersion: string | undefined;
  #failures = 0;
  #endSleep: () => void = () => {};
  #hasSynced = false;
  #lastEventAtMs: number | undefined;
  #lists = 0;
  #lastError: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options = options;
    this.#feed = new ChangeFeed(options);
    this.synced = promise;
    this.#markSynced = resolve;
  }

  state(): ReflectorState {
    return {
      hasSynced: this.#hasSynced,
      lastEventAtMs: this.#lastEventAtMs,
      lists: this.#lists,
      lastError: this.#lastError,
      ...this.#feed.counts(),
    };
  }

  stop(): void {
    this.#stopping.abort();
    this.#endSleep();
  }

  async run(): Promise<void> {
    while (!this.#isStopped()) {
      try {
        const resourceVersion = this.#resourceVersion ?? (await this.#list());
        await this.#watch(resourceVersion);
      } catch (error) {
        if (!this.#isStopped()) await this.#recover(error);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #list(): Promise<string> {
    const { name, transport } = this.#options;
    const seen: Seen<T>[] = [];
    const resourceVersion = await listAll({
      name,
      transport,
      signal: this.#stopping.signal,
      onObject: (raw) => {
        const one = this.#feed.see(raw);
        if (one !== undefined) seen.push(one);
      },
    });
    if (this.#isStopped()) return resourceVersion;
    this.#feed.replace(seen);
    this.#resourceVersion = resourceVersion;
    this.#lists += 1;
    this.#noteEvent();
    this.#hasSynced = true;
    this.#lastError = undefined;
    this.#markSynced();
    return resourceVersion;
  }

  /** Returns after a watch that lived and ended in order; throws otherwise. */
  async #watch(resourceVersion: string): Promise<void> {
    const { name, timers, random, transport } = this.#options;
    const timeoutSeconds = minWatchSeconds + Math.floor(random() * (maxWatchSeconds - minWatchSeconds + 1));
    let openedAtMs: number | undefined;
    const livedForMs = () => (openedAtMs === undefined ? 0 : timers.now() - openedAtMs);
    const guard = createWatchGuard({ name, timers, deadlineMs: timeoutSeconds * 1000 + watchGraceMs });
    try {
      const signal = AbortSignal.any([this.#stopping.signal, guard.signal]);
      const stream = await transport.watch({ resourceVersion, timeoutSeconds, signal });
      openedAtMs = timers.now();
      this.#lastError = undefined;
      for await (const event of watchEvents(stream)) {
        if (this.#isStopped()) return;
        guard.heard();
        this.#apply(event);
      }
    } finally {
      guard.end();
      // Only time proves that a watch works: a server that refuses at once, or after one event, must not be asked in a loop.
      if (livedForMs() > livedMs) this.#failures = 0;
    }
    if (livedForMs() <= livedMs) throw badAnswer(`watch ${name}`, `ended after ${Math.round(livedForMs())} ms`);
  }

  #apply(event: WatchEvent): void {
    if (event.type === 'ERROR') throw streamError(this.#options.name, event.object);
    this.#noteEvent();
    if (event.type === 'DELETED') this.#feed.remove(event.object);
    else if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#feed.upsert(event.object);
    else if (event.type !== 'BOOKMARK') this.#feed.skip('unknown type of event', { type: event.type });
    this.#resourceVersion = textOf(valueAt(event.object, 'metadata', 'resourceVersion')) || this.#resourceVersion;
  }

  #noteEvent(): void {
    this.#lastEventAtMs = this.#options.timers.now();
  }

  async #recover(error: unknown): Promise<void> {
    const { name, random, log } = this.#options;
    const failure = noAnswer(`watch ${name}`, error);
    const status = failure instanceof KubernetesFailure ? failure.status : 0;
    if (needsList(status)) this.#resourceVersion = undefined;
    this.#lastError = failure.message;
    const retryAfterMs = failure instanceof KubernetesFailure ? failure.retryAfterMs : undefined;
    const delayMs = retryDelayMs({ failures: this.#failures, retryAfterMs, chance: random() });
    this.#failures += 1;
    const fields = { reflector: name, error: failure.message, reason: failure.reason, delayMs: Math.round(delayMs) };
    if (status === 410) log.info(fields, 'watch expired, listing again');
    else log.error(fields, 'list or watch failed');
    await this.#sleep(delayMs);
  }

  async #sleep(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.timers.setTimer(resolve, delayMs);
      this.#endSleep = () => {
        cancel();
        resolve();
      };
    });
  }
}

function streamError(name: string, status: JsonObject): KubernetesFailure {
  const code = typeof status.code === 'number' ? status.code : 500;
  return refusal(`watch ${name}`, { status: code, body: status });
}

/**
 * Tells whether the resource version is worth keeping: it is after trouble on the way (no answer, too many requests, a
 * server in trouble), it is not once the server refuses it or the kind (400, 403, 404, 410).
 */
function needsList(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
}

// From raw objects to calls of the handlers: projects, remembers, and keeps what projections and handlers throw from going further.
import type { JsonObject } from '../facts/json.ts';
import { messageOf } from '../failure.ts';
import { type Change, createObjectStore, rawIdentity, type Seen } from './object-store.ts';

/** Constant message, variables as fields. */
export interface ReflectorLog {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

export interface ChangeFeedOptions<T> {
  /** Names the reflector in logs and failures, such as `pods`. */
  readonly name: string;
  /** What is kept of an object. Undefined, or a throw: the object is skipped, and what was known of it stays. */
  readonly project: (raw: JsonObject) => T | undefined;
  /** `previous` is the same object (equal uid) as it was before; undefined for a new one. What handlers throw is logged and goes no further. */
  readonly onUpsert: (object: T, previous: T | undefined) => void;
  /** Gets the object as last known. */
  readonly onDelete: (object: T) => void;
  readonly log: ReflectorLog;
}

export interface ChangeFeedCounts {
  /** Objects known. */
  readonly objects: number;
  /** Objects and events that could not be projected. */
  readonly skipped: number;
  /** Throws of handlers. */
  readonly handlerErrors: number;
}

/** The known objects of one kind, and the handlers that are told how they change. */
export class ChangeFeed<T> {
  readonly #options: ChangeFeedOptions<T>;
  readonly #store = createObjectStore<T>();
  #skipped = 0;
  #handlerErrors = 0;

  constructor(options: ChangeFeedOptions<T>) {
    this.#options = options;
  }

  counts(): ChangeFeedCounts {
    return { objects: this.#store.size(), skipped: this.#skipped, handlerErrors: this.#handlerErrors };
  }

  /** Projects an object for `replace`; undefined when it has no name or uid. Tells no handler. */
  see(raw: JsonObject): Seen<T> | undefined {
    const identity = rawIdentity(raw);
    if (identity === undefined) {
      this.skip('object without name or uid', {});
      return undefined;
    }
    try {
      const object = this.#options.project(raw);
      if (object === undefined) this.skip('object could not be projected', { key: identity.key });
      return { ...identity, object };
    } catch (error) {
      this.skip('object could not be projected', { key: identity.key, error: messageOf(error) });
      return { ...identity, object: undefined };
    }
  }

  /** Takes a whole list: what is known and not in it was deleted. */
  replace(list: readonly Seen<T>[]): void {
    this.#deliver(this.#store.replace(list));
  }

  /** Takes an object that was added or modified. */
  upsert(raw: JsonObject): void {
    const seen = this.see(raw);
    if (seen !== undefined) this.#deliver(this.#store.upsert(seen));
  }

  /** Takes an object that was deleted. */
  remove(raw: JsonObject): void {
    const identity = rawIdentity(raw);
    if (identity !== undefined) this.#deliver(this.#store.remove(identity.key));
  }

  /** Counts and logs something that nobody can be told of. */
  skip(why: string, fields: object): void {
    this.#skipped += 1;
    this.#options.log.error({ reflector: this.#options.name, why, ...fields }, 'object skipped');
  }

  #deliver(changes: readonly Change<T>[]): void {
    const { onUpsert, onDelete, log, name } = this.#options;
    for (const change of changes) {
      try {
        if (change.kind === 'delete') onDelete(change.object);
        else onUpsert(change.object, change.previous);
      } catch (error) {
        this.#handlerErrors += 1;
        log.error({ reflector: name, change: change.kind, error: messageOf(error) }, 'handler of a change failed');
      }
    }
  }
}

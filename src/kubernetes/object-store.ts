// What a reflector knows: the projected objects, and the differences that events and whole lists make to them. Pure but for its own map.
import type { JsonObject } from '../facts/json.ts';
import { textOf, valueAt } from './json-reading.ts';

/** A difference, in the order in which handlers are to be told. */
export type Change<T> =
  | { readonly kind: 'upsert'; readonly object: T; readonly previous: T | undefined }
  | { readonly kind: 'delete'; readonly object: T };

/** The metadata by which objects are told apart. */
export interface RawIdentity {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** An object that was seen; `object` is undefined when it could not be projected. */
export interface Seen<T> extends RawIdentity {
  readonly object: T | undefined;
}

export interface ObjectStore<T> {
  /** Returns the changes that an added or modified object makes. */
  readonly upsert: (seen: Seen<T>) => readonly Change<T>[];
  /** Returns the deletion, if the object was known. */
  readonly remove: (key: string) => readonly Change<T>[];
  /** Takes a whole list as the truth and returns all changes: what is missing in it was deleted meanwhile. */
  readonly replace: (list: readonly Seen<T>[]) => readonly Change<T>[];
  readonly size: () => number;
}

/** Returns what identifies a raw object; undefined without name and uid. */
export function rawIdentity(raw: JsonObject): RawIdentity | undefined {
  const name = textOf(valueAt(raw, 'metadata', 'name'));
  const uid = textOf(valueAt(raw, 'metadata', 'uid'));
  if (name === '' || uid === '') return undefined;
  const key = `${textOf(valueAt(raw, 'metadata', 'namespace'))}/${name}`;
  return { key, uid, resourceVersion: textOf(valueAt(raw, 'metadata', 'resourceVersion')) };
}

/** Returns an empty store. */
export function createObjectStore<T>(): ObjectStore<T> {
  const known = new Map<string, RawIdentity & { readonly object: T }>();

  const remove = (key: string): readonly Change<T>[] => {
    const entry = known.get(key);
    if (entry === undefined) return [];
    known.delete(key);
    return [{ kind: 'delete', object: entry.object }];
  };

  const upsert = (seen: Seen<T>): readonly Change<T>[] => {
    const { object, ...identity } = seen;
    const entry = known.get(seen.key);
    const isOther = entry !== undefined && entry.uid !== seen.uid;
    // The deletion of the earlier object of this name happened while nobody watched.
    const deletion = isOther ? remove(seen.key) : [];
    // What cannot be projected exists all the same: what was known of it stays.
    if (object === undefined) return deletion;
    // Keeping the copy that the handlers have keeps a relist from doubling the memory.
    if (!isOther && entry !== undefined && entry.resourceVersion === seen.resourceVersion) return [];
    known.set(seen.key, { ...identity, object });
    return [...deletion, { kind: 'upsert', object, previous: isOther ? undefined : entry?.object }];
  };

  const replace = (list: readonly Seen<T>[]): readonly Change<T>[] => {
    const listed = new Set(list.map((seen) => seen.key));
    const gone = [...known.keys()].filter((key) => !listed.has(key)).flatMap(remove);
    return [...gone, ...list.flatMap(upsert)];
  };

  return { upsert, remove, replace, size: () => known.size };
}

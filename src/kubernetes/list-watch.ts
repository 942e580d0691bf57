// List and watch of one kind as the reflector needs them, and their adapter to the client.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { KubernetesClient } from './client.ts';
import { textOf, valueAt } from './json-reading.ts';
import { badAnswer } from './kubernetes-failure.ts';
import { listPath, type ResourceKind } from './resources.ts';

export interface PageRequest {
  /** Empty for the first page. */
  readonly continueToken: string;
  readonly signal: AbortSignal;
}

export interface WatchRequest {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** The transport of a reflector. Both throw `Failure` when the server refuses or cannot be reached, and end when `signal` aborts. */
export interface ListWatch {
  /** Returns one page: the parsed JSON of a list. */
  readonly listPage: (request: PageRequest) => Promise<unknown>;
  readonly watch: (request: WatchRequest) => Promise<AsyncIterable<Uint8Array>>;
}

// As client-go: small enough that a page parses without blocking the loop for long.
const pageSize = 500;
const listTimeoutMs = 60_000;

/** Returns list and watch of a kind over all namespaces. */
export function createListWatch(client: KubernetesClient, kind: ResourceKind): ListWatch {
  const path = listPath(kind);
  return {
    listPage: ({ continueToken, signal }) =>
      client.request({
        method: 'GET',
        path,
        query: { limit: String(pageSize), ...(continueToken === '' ? {} : { continue: continueToken }) },
        timeoutMs: listTimeoutMs,
        signal,
      }),
    watch: ({ resourceVersion, timeoutSeconds, signal }) =>
      client.watch({
        path,
        query: { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(timeoutSeconds), resourceVersion },
        signal,
      }),
  };
}

export interface ListAllOptions {
  readonly name: string;
  readonly transport: ListWatch;
  readonly signal: AbortSignal;
  /** Called for each item; items do not carry their kind. Only what it keeps stays in memory. */
  readonly onObject: (raw: JsonObject) => void;
}

/** Reads all pages and returns the resource version to watch from. Throws `Failure` when a page cannot be had or is no list. */
export async function listAll({ name, transport, signal, onObject }: ListAllOptions): Promise<string> {
  let continueToken = '';
  for (;;) {
    const page = await transport.listPage({ continueToken, signal });
    const items = valueAt(page, 'items') ?? [];
    const resourceVersion = textOf(valueAt(page, 'metadata', 'resourceVersion'));
    if (!isJsonObject(page) || !Array.isArray(items) || resourceVersion === '') throw badAnswer(`list ${name}`, 'the answer is no list');
    for (const item of items) {
      if (isJsonObject(item)) onObject(item);
    }
    continueToken = textOf(valueAt(page, 'metadata', 'continue'));
    if (continueToken === '') return resourceVersion;
  }
}

// A cluster of one kind in memory, as the transport of a reflector: lists, watches, and the ways in which both can go wrong.
import type { JsonObject } from '../../src/facts/json.ts';
import type { ListWatch, WatchRequest } from '../../src/kubernetes/list-watch.ts';

export interface MemoryWatch {
  readonly request: WatchRequest;
  readonly send: (event: { readonly type: string; readonly object: JsonObject }) => void;
  readonly sendText: (text: string) => void;
  /** Ends the stream in order. */
  readonly end: () => void;
  /** Ends the stream as a broken connection does. */
  readonly fail: (error: Error) => void;
}

export interface MemoryListWatch extends ListWatch {
  /** Answers of the next list calls, in order: a page, or an error to throw. Without one a list waits for the next `answerList`. */
  readonly answerList: (answer: JsonObject | Error) => void;
  /** Makes the next watch call throw instead of opening. */
  readonly refuseWatch: (error: Error) => void;
  readonly watches: readonly MemoryWatch[];
  readonly continueTokens: readonly string[];
}

/** Returns a transport without answers. */
export function memoryListWatch(): MemoryListWatch {
  const answers: (JsonObject | Error)[] = [];
  const askers: (() => void)[] = [];
  const refusals: Error[] = [];
  const watches: MemoryWatch[] = [];
  const continueTokens: string[] = [];
  return {
    watches,
    continueTokens,
    answerList(answer) {
      answers.push(answer);
      askers.shift()?.();
    },
    refuseWatch: (error) => {
      refusals.push(error);
    },
    async listPage({ continueToken, signal }) {
      signal.throwIfAborted();
      continueTokens.push(continueToken);
      if (answers.length === 0) {
        await new Promise<void>((resolve, reject) => {
          askers.push(resolve);
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      }
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async watch(request) {
      request.signal.throwIfAborted();
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      const { stream, watch } = openStream(request);
      watches.push(watch);
      return stream;
    },
  };
}

function openStream(request: WatchRequest): { stream: AsyncIterable<Uint8Array>; watch: MemoryWatch } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1000 });
  const writer = writable.getWriter();
  const ignore = () => {};
  request.signal.addEventListener('abort', () => writer.abort(request.signal.reason).catch(ignore));
  const sendText = (text: string) => {
    writer.write(new TextEncoder().encode(text)).catch(ignore);
  };
  const watch: MemoryWatch = {
    request,
    sendText,
    send: (event) => sendText(`${JSON.stringify(event)}\n`),
    end: () => {
      writer.close().catch(ignore);
    },
    fail: (error) => {
      writer.abort(error).catch(ignore);
    },
  };
  return { stream: readable, watch };
}

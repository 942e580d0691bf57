// From the bytes of a watch to its events: one JSON object a line, in chunks that are cut anywhere. Touches nothing but the stream it is given.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { badAnswer } from './kubernetes-failure.ts';

/** One event; for `ERROR` the object is a Status. */
export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

// etcd stores at most 1.5 MB an object; written as JSON that can be a few times as much.
const defaultMaxLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/**
 * Yields the events in order. A line that is cut off at the end of the stream is dropped: the server sends it again to the
 * next watch. Throws `Failure` at a line that is no event or too long, after the events before it; ending early ends the stream.
 */
export async function* watchEvents(
  stream: AsyncIterable<Uint8Array>,
  maxLineBytes: number = defaultMaxLineBytes,
): AsyncGenerator<WatchEvent, void, void> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.trim() !== '') yield parseEvent(line);
    }
    rest.push(chunk.subarray(start));
    restBytes += chunk.byteLength - start;
    if (restBytes > maxLineBytes) throw badAnswer('read watch', `a line exceeds ${maxLineBytes} bytes`);
  }
}

function parseEvent(line: string): WatchEvent {
  const event = parseLine(line);
  if (!isJsonObject(event) || typeof event.type !== 'string' || !isJsonObject(event.object)) {
    throw badAnswer('read watch', 'a line is no event');
  }
  return { type: event.type, object: event.object };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

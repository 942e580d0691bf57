// The parser of watch streams, on bytes cut at every place.
import test from 'ava';
import { type WatchEvent, watchEvents } from '../../src/kubernetes/watch-stream.ts';
import { seededRandom } from './seeded-random.ts';

const text = [
  '{"type":"ADDED","object":{"metadata":{"name":"café-日本-🚢"}}}',
  '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}}',
  '{"type":"MODIFIED","object":{"data":"line\\nbreak and \\"quote\\""}}',
  '',
].join('\n');
const bytes = new TextEncoder().encode(text);
const events: readonly WatchEvent[] = [
  { type: 'ADDED', object: { metadata: { name: 'café-日本-🚢' } } },
  { type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } },
  { type: 'MODIFIED', object: { data: 'line\nbreak and "quote"' } },
];

async function* streamOf(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

async function read(stream: AsyncIterable<Uint8Array>, maxLineBytes?: number): Promise<{ events: WatchEvent[]; error: unknown }> {
  const seen: WatchEvent[] = [];
  try {
    for await (const event of watchEvents(stream, maxLineBytes)) seen.push(event);
    return { events: seen, error: undefined };
  } catch (error) {
    return { events: seen, error };
  }
}

test('the events are the same wherever the stream is cut in two', async (t) => {
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const parsed = await read(streamOf(bytes.subarray(0, cut), bytes.subarray(cut)));
    t.deepEqual(parsed, { events: [...events], error: undefined }, `cut at ${cut}`);
  }
});

test('the events are the same when the stream comes byte by byte', async (t) => {
  t.deepEqual((await read(streamOf(...Array.from(bytes, (byte) => Uint8Array.of(byte))))).events, [...events]);
});

test('the events are the same however the stream falls into pieces', async (t) => {
  const random = seededRandom(3);
  for (let round = 0; round < 200; round += 1) {
    const cuts = Array.from({ length: 6 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
    const pieces = [0, ...cuts].map((cut, index) => bytes.subarray(cut, [...cuts, bytes.length][index]));
    t.deepEqual((await read(streamOf(...pieces))).events, [...events]);
  }
});

test('a line cut off by the end of the stream is dropped', async (t) => {
  t.deepEqual(await read(streamOf('{"type":"ADDED","object":{}}\n{"type":"ADD')), {
    events: [{ type: 'ADDED', object: {} }],
    error: undefined,
  });
});

test('a carriage return and blank lines between events do not matter', async (t) => {
  t.deepEqual((await read(streamOf('{"type":"ADDED","object":{}}\r\n\r\n\n'))).events, [{ type: 'ADDED', object: {} }]);
});

for (const garbage of ['<html>', '[]', 'null', '{"type":1,"object":{}}', '{"type":"ADDED"}', '{"type":"ADDED","object":[]}']) {
  test(`a line that is no event (${garbage}) fails after the events before it`, async (t) => {
    const parsed = await read(streamOf(`{"type":"ADDED","object":{}}\n${garbage}\n`));
    t.deepEqual(parsed.events, [{ type: 'ADDED', object: {} }]);
    t.like(parsed.error, { message: 'read watch: a line is no event', retry: 'soon', reason: 'BadAnswer' });
  });
}

test('a line without an end fails at the limit instead of filling the memory', async (t) => {
  const parsed = await read(streamOf('{"type":"ADDED","object":{"a":"', 'x'.repeat(60), 'x'.repeat(60)), 100);
  t.like(parsed.error, { message: 'read watch: a line exceeds 100 bytes' });
});

test('the limit is for one line, not for the stream', async (t) => {
  const pieces = Array.from({ length: 50 }, () => ['{"type":"ADDED",', '"object":{}}\n']).flat();
  const parsed = await read(streamOf(...pieces), 40);
  t.is(parsed.error, undefined);
  t.is(parsed.events.length, 50);
});

test('a reader that stops early ends the stream', async (t) => {
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new TextEncoder().encode('{"type":"ADDED","object":{}}\n');
    } finally {
      ended = true;
    }
  }
  for await (const event of watchEvents(endless())) {
    t.is(event.type, 'ADDED');
    break;
  }
  t.true(ended);
});

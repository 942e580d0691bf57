// A process of its own for the test of threads that cannot be ended: evaluates with such a worker, says what came of it, and ends.
import { once } from 'node:events';
import { BroadcastChannel } from 'node:worker_threads';
import { endDespiteStuckThreads } from '../../src/commands/stuck-threads.ts';
import { createLoadProgram } from '../../src/opa/load.ts';

const [, , deadlineMs, how] = process.argv;
const emptyModule = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
const say = (what: unknown): void => console.log(JSON.stringify(what));
const channel = new BroadcastChannel('stuck');

const load = createLoadProgram({
  deadlineMs: Number(deadlineMs),
  workerFile: new URL('./stuck-worker.ts', import.meta.url),
  onAbandoned: endDespiteStuckThreads(() => say('abandoned')),
});
const program = await load({ wasm: emptyModule, ruleIds: ['stuck', 'good'], problems: new Map() });
const answers = program.evaluate('{"now": "stuck"}', ['stuck', 'good']);
await once(channel, 'message');
channel.close();
if (how === 'close') await program.close();
say([...(await answers)]);
say('last line');

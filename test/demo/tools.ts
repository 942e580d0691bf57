// Entry, run by the demo as a process group of its own: builds opa and the test control plane where they are not in the cache yet.
import process from 'node:process';
import { messageOf } from '../../src/failure.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { controlPlaneBinary } from '../cluster/binary.ts';

// An interrupt reaches the whole group: `go` ends by it, and the build removes what it left. Whatever else happens, not for long.
const tidyWithinMs = 4_000;
let isInterrupted = false;
const interrupt = (): void => {
  isInterrupted = true;
  setTimeout(() => process.exit(130), tidyWithinMs).unref();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

const options = { env: process.env, progress: progressOn(process.stderr) };
try {
  await findOpa(options);
  await controlPlaneBinary(options);
} catch (thrown) {
  // Then it is no failure, and needs no advice.
  if (!isInterrupted) options.progress.say(messageOf(thrown));
  process.exitCode = isInterrupted ? 130 : 1;
}

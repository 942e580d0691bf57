// Entry: builds what tests and demo need, opa, the test control plane and the test registry, so that the first test does not wait for it.
import process from 'node:process';
import { messageOf } from '../../src/failure.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { progressOn } from '../../src/opa/progress.ts';
import { registryBinary } from '../registry/binary.ts';
import { controlPlaneBinary } from './binary.ts';

const options = { env: process.env, progress: progressOn(process.stderr) };
try {
  options.progress.say(`opa: ${await findOpa(options)}`);
  options.progress.say(`control plane: ${await controlPlaneBinary(options)}`);
  options.progress.say(`registry: ${await registryBinary(options)}`);
} catch (thrown) {
  options.progress.say(messageOf(thrown));
  process.exitCode = 1;
}

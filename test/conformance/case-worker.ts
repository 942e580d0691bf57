// Entry of the worker thread that evaluates cases of the corpus with the project's own instances and builtins.
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../src/failure.ts';
import { hostBuiltins } from '../../src/opa/host-builtins.ts';
import { createInstance, type RuleInstance } from '../../src/opa/instance.ts';
import type { CaseAnswer, CaseRequest } from './case-message.ts';

parentPort?.on('message', (request: CaseRequest) => parentPort?.postMessage(answer(request)));
parentPort?.postMessage('ready');

function answer({ wasm, input, data }: CaseRequest): CaseAnswer {
  let instance: RuleInstance;
  try {
    // As much memory as the product gives.
    const options = { builtins: hostBuiltins, maxMemoryPages: 1024, ...(data !== undefined && { data }) };
    instance = createInstance(new WebAssembly.Module(wasm), options);
  } catch (thrown) {
    const message = messageOf(thrown);
    const missing = /^the module wants builtins that are not there: (.+)$/.exec(message)?.[1];
    return missing === undefined ? { kind: 'threw', message: `load: ${message}` } : { kind: 'refused', builtins: missing.split(', ') };
  }
  try {
    const document = instance.load(input ?? 'null');
    // Address 0 is no input, which is not the same as null.
    return { kind: 'answered', json: instance.evaluate(input === undefined ? { ...document, valueAddress: 0 } : document, 0) };
  } catch (thrown) {
    return { kind: 'threw', message: messageOf(thrown) };
  }
}

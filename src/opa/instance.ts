// One instance of a compiled module with memory of its own, by OPA's WASM ABI 1.2 and later.
import { createRequire } from 'node:module';
import type { DocumentText } from '../evaluation/document.ts';
import { isJsonObject } from '../facts/json.ts';
import type { HostBuiltin } from './host-builtins.ts';
import { byteLength, createModuleText } from './module-text.ts';

/** An input document in an instance's memory, good until the next one is loaded. */
export interface LoadedDocument {
  readonly valueAddress: number;
  /** Where the heap ended when the document was in: each evaluation starts there. */
  readonly heapAddress: number;
}

export interface RuleInstance {
  /** Ids by name, as the module lists them. */
  readonly entryPoints: ReadonlyMap<string, number>;
  /** Puts a document in, over the one before. Throws when it is not JSON or does not fit. */
  readonly load: (document: DocumentText) => LoadedDocument;
  /** Returns the answer of an entry point as JSON text: a list of one row that holds `result`. Throws `LimitExceeded` as well. */
  readonly evaluate: (document: LoadedDocument, entryPointId: number) => string;
  /** Memory never shrinks. */
  readonly memoryBytes: () => number;
}

// The types of the package are those of its CommonJS file: its ES entry lacks LoadedPolicy.
const { LoadedPolicy } = createRequire(import.meta.url)('@open-policy-agent/opa-wasm') as typeof import('@open-policy-agent/opa-wasm');

export interface InstanceOptions {
  readonly builtins: ReadonlyMap<string, HostBuiltin>;
  /** Pages of 64 KiB. */
  readonly maxMemoryPages: number;
  /** The document that rules see as `data`, as JSON text. Default: an empty object, as rules read nothing but their input. */
  readonly data?: string;
}

// What modules of OPA 1.22 declare.
const initialMemoryPages = 5;

/**
 * Makes an instance. Throws when the module is of another ABI or wants builtins that the host does not have. After anything that
 * one of its functions throws the instance must not be used again: the exception skipped the frames of the module's own stack,
 * and after some hundred times every evaluation would fail.
 */
export function createInstance(module: WebAssembly.Module, options: InstanceOptions): RuleInstance {
  const memory = new WebAssembly.Memory({ initial: initialMemoryPages, maximum: options.maxMemoryPages });
  const text = createModuleText(memory);
  // The host's functions are imported before there are exports to call back: both meet in this variable.
  let call: CallExport = () => {
    throw new Error('the module called the host before it was ready');
  };
  let builtinNames = new Map<number, string>();
  const callBuiltin = (id: number, _context: number, ...addresses: number[]): number => {
    const name = builtinNames.get(id) ?? String(id);
    const builtin = options.builtins.get(name);
    if (builtin === undefined) throw new Error(`the builtin ${name} is not there`);
    const result = builtin(
      ...text.readArguments(
        name,
        addresses.map((address) => () => call('opa_value_dump', address)),
      ),
    );
    return result === undefined ? 0 : parse('opa_json_parse', result);
  };
  const parse = (parser: string, json: DocumentText): number => {
    const pieces = typeof json === 'string' ? [json] : json;
    const sizeBytes = pieces.reduce((sum, piece) => sum + byteLength(piece), 0);
    const address = call('opa_malloc', sizeBytes);
    text.write(pieces, address);
    return call(parser, address, sizeBytes);
  };
  const instance = new WebAssembly.Instance(module, { env: hostFunctions({ memory, callBuiltin, readMessage: text.readMessage }) });
  call = callExportOf(instance);
  checkAbi(instance);
  builtinNames = new Map([...namesAt(text.readNames(call('opa_json_dump', call('builtins'))))].map(([name, id]) => [id, name]));
  const missing = [...builtinNames.values()].filter((name) => !options.builtins.has(name));
  if (missing.length > 0) throw new Error(`the module wants builtins that are not there: ${missing.join(', ')}`);
  // The package's LoadedPolicy, over our instance, sets up data and heap; evaluation is ours: its own takes a document that it
  // cannot parse for no document at all. `minorVersion` matters only to that.
  const policy = new LoadedPolicy({ instance, module }, memory, 2);
  const entryPoints: unknown = policy.entrypoints;
  call('opa_heap_ptr_set', policy.baseHeapPtr);
  const dataAddress = options.data === undefined ? policy.dataAddr : parse('opa_json_parse', options.data);
  const baseHeapAddress = call('opa_heap_ptr_get');
  return {
    entryPoints: namesAt(JSON.stringify(entryPoints)),
    load: (document) => {
      call('opa_heap_ptr_set', baseHeapAddress);
      const valueAddress = parse('opa_value_parse', document);
      if (valueAddress === 0) throw new Error('the input document is not JSON');
      return { valueAddress, heapAddress: call('opa_heap_ptr_get') };
    },
    evaluate: ({ valueAddress, heapAddress }, entryPointId) => {
      call('opa_heap_ptr_set', heapAddress);
      const context = call('opa_eval_ctx_new');
      call('opa_eval_ctx_set_input', context, valueAddress);
      call('opa_eval_ctx_set_data', context, dataAddress);
      call('opa_eval_ctx_set_entrypoint', context, entryPointId);
      call('eval', context);
      return text.readAnswer(call('opa_json_dump', call('opa_eval_ctx_get_result', context)));
    },
    memoryBytes: () => memory.buffer.byteLength,
  };
}

type CallExport = (name: string, ...args: readonly number[]) => number;

function callExportOf(instance: WebAssembly.Instance): CallExport {
  return (name, ...args) => {
    const exported = instance.exports[name];
    if (typeof exported !== 'function') throw new Error(`the module does not export ${name}`);
    const result: unknown = exported(...args);
    return typeof result === 'number' ? result : 0;
  };
}

interface HostFunctions {
  readonly memory: WebAssembly.Memory;
  readonly callBuiltin: (...args: [number, number, ...number[]]) => number;
  readonly readMessage: (address: number) => string;
}

function hostFunctions({ memory, callBuiltin, readMessage }: HostFunctions): Record<string, unknown> {
  return {
    memory,
    opa_abort: (address: number) => {
      throw new Error(readMessage(address));
    },
    // print is dropped when a module is built.
    opa_println: () => {},
    opa_builtin0: callBuiltin,
    opa_builtin1: callBuiltin,
    opa_builtin2: callBuiltin,
    opa_builtin3: callBuiltin,
    opa_builtin4: callBuiltin,
  };
}

function checkAbi(instance: WebAssembly.Instance): void {
  const [major, minor] = ['opa_wasm_abi_version', 'opa_wasm_abi_minor_version'].map((name) => {
    const version = instance.exports[name];
    return isJsonObject(version) ? version.value : undefined;
  });
  if (major !== 1 || typeof minor !== 'number' || minor < 2)
    throw new Error(`the module is of ABI ${String(major)}.${String(minor)}, not 1.2 or later`);
}

function namesAt(json: string): Map<string, number> {
  const object: unknown = JSON.parse(json);
  return new Map(Object.entries(isJsonObject(object) ? object : {}).map(([name, id]) => [name, Number(id)]));
}

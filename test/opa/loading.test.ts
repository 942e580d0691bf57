// What is found when a module is loaded, before any rule decides anything.
import test from 'ava';
import { createInstance } from '../../src/opa/instance.ts';
import { readRuleLibrary } from '../../src/opa/library.ts';
import { createLoadProgram } from '../../src/opa/load.ts';
import { realCompiler } from './real-compiler.ts';

const { compiler, inline } = await realCompiler();
const rule = inline('package x\nimport data.kubexray.lib\nviolation contains "a" if lib.older_than(input.now, "1s", input.now)\n');
const module = await compiler.build([rule]);

test('a builtin that the host does not have is found when the module is loaded', (t) => {
  const compiled = new WebAssembly.Module(module.wasm);
  t.throws(() => createInstance(compiled, { builtins: new Map(), maxMemoryPages: 16 }), {
    message: 'the module wants builtins that are not there: time.parse_rfc3339_ns, time.parse_duration_ns',
  });
});

test('bytes that are no module are a failure', async (t) => {
  const error = await t.throwsAsync(createLoadProgram()({ ...module, wasm: module.wasm.subarray(0, 1000) }));
  t.like(error, { name: 'Failure', reason: 'ModuleUnusable', retry: 'never' });
});

test('a module of somebody else is a failure', async (t) => {
  const empty = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  const error = await t.throwsAsync(createLoadProgram()({ ...module, wasm: empty }));
  t.like(error, { name: 'Failure', reason: 'ModuleUnusable' });
});

test('a module that lacks a rule is a failure that names it', async (t) => {
  const error = await t.throwsAsync(createLoadProgram()({ ...module, ruleIds: [rule.id, 'f00'] }));
  t.is(error?.message, 'load the module of all rules: the module has no entry point for f00');
});

test('equal rules make equal modules', async (t) => {
  t.deepEqual((await compiler.build([rule, rule])).wasm, module.wasm);
});

test('a folder that is no library is a failure', async (t) => {
  const error = await t.throwsAsync(readRuleLibrary(import.meta.dirname));
  t.like(error, { name: 'Failure', reason: 'LibraryUnreadable', retry: 'never' });
});

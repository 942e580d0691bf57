// The Rego compiler: the real `opa`, run as a child process on temporary files.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputSchema } from '../evaluation/input-schema.ts';
import type { RuleCompiler, RuleModule, RuleProblem, RuleSource } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { schemaRefused } from './annotations.ts';
import { moduleInBundle } from './bundle.ts';
import { type Capabilities, ourCapabilities } from './capabilities.ts';
import { problemFromBuild, problemsFromOpa, ruleFile, sortedProblems } from './check-problems.ts';
import { emptyEntryPoint, entryModule, entryPoint } from './entry-module.ts';
import { unknownLibraryNames } from './library-names.ts';
import { createOpaRunner, type RunTask } from './opa-runner.ts';
import { createRuleReader, type ReadRule } from './rule-reader.ts';

export interface CompilerOptions {
  /** Path of the binary, as `findOpa` returns it. */
  readonly opa: string;
  /** Rego of `data.kubexray.lib`. */
  readonly lib: string;
  /** Where temporary folders are made. Default: the system's. */
  readonly temporaryDirectory?: string;
  /** For each run of opa. Default: 10 s, some hundred times what a large rule takes. */
  readonly timeoutMs?: number;
  /** For each run of opa. Default: that of the runner. */
  readonly maxMemoryBytes?: number;
}

// The syntax tree of 64 KiB of ordinary rules, places included, is 5 MB.
const maxOutputBytes = 16 * 1024 * 1024;
// Of all rules of a module together; a fifth of it takes 4 s on one core.
const maxTextBytes = 4 * 1024 * 1024;
// A module of 200 rules is 1 MB.
const maxModuleBytes = 64 * 1024 * 1024;

/** Returns the compiler. Nothing runs before the first call; calls may overlap. */
export function createRuleCompiler(options: CompilerOptions): RuleCompiler {
  const run = createOpaRunner({
    opa: options.opa,
    temporaryDirectory: options.temporaryDirectory ?? tmpdir(),
    timeoutMs: options.timeoutMs ?? 10_000,
    maxOutputBytes,
    ...(options.maxMemoryBytes !== undefined && { maxMemoryBytes: options.maxMemoryBytes }),
  });
  const readRule = createRuleReader(run);
  let loaded: Promise<Capabilities> | undefined;
  const capabilities = (): Promise<Capabilities> => {
    loaded ??= run({ files: new Map(), args: ['capabilities', '--current'], read: ({ stdout }) => ourCapabilities(stdout) });
    // A failure is not kept: the next call tries again.
    loaded.catch(() => (loaded = undefined));
    return loaded;
  };
  const parts = { run, readRule, capabilities, lib: options.lib };
  return { check: (rule) => checkRule(rule, parts), build: (rules) => buildRules(rules, parts) };
}

interface Parts {
  readonly run: RunTask;
  readonly readRule: ReadRule;
  readonly capabilities: () => Promise<Capabilities>;
  readonly lib: string;
}

async function checkRule(rule: RuleSource, { run, readRule, capabilities, lib }: Parts): Promise<readonly RuleProblem[]> {
  const read = await readRule(rule.rego);
  if (read.kind === 'unparsed') return sortedProblems(read.problems);
  // Under a package of that name it would be checked as a part of the library.
  if (read.syntax.packagePath[0] === 'kubexray') return sortedProblems(read.syntax.problems);
  // To opa a schema in an annotation may refer to any file of this machine, and its errors tell what stands there.
  if (read.syntax.problems.some(({ reason }) => reason === schemaRefused)) return sortedProblems(read.syntax.problems);
  const { text, refused } = await capabilities();
  const problems = await run({
    files: new Map([
      [ruleFile, rule.rego],
      ['lib.rego', lib],
      ['input.json', JSON.stringify(schemaForOpa(rule))],
      ['capabilities.json', text],
    ]),
    args: [
      ...['check', '--strict', '--max-errors', '0', '--format', 'json', '--capabilities', 'capabilities.json'],
      ...['--schema', 'input.json', 'lib.rego', ruleFile],
    ],
    read: ({ succeeded, stderr }) => (succeeded ? [] : problemsFromOpa(stderr, refused, rule.rego)),
  });
  return sortedProblems([...read.syntax.problems, ...unknownLibraryNames(read.syntax, lib), ...problems]);
}

/**
 * A rule of a policy that names no watch never finds a violation: each that it names is a mistake, and its author is told so.
 * To opa an object without properties has any; without parameters there is therefore no `input.parameters` to refer to.
 */
function schemaForOpa({ parametersSchema, watches }: RuleSource): JsonObject {
  const schema = inputSchema(parametersSchema, { hasWatches: watches?.length !== 0 });
  const { properties } = parametersSchema;
  if (isJsonObject(properties) && Object.keys(properties).length > 0) return schema;
  const fields = isJsonObject(schema.properties) ? schema.properties : {};
  return { ...schema, properties: Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'parameters')) };
}

interface Prepared {
  readonly rule: RuleSource;
  readonly file: string;
  readonly text: string;
  readonly reference: string;
  readonly definesUndecided: boolean;
}

async function buildRules(rules: readonly RuleSource[], parts: Parts): Promise<RuleModule> {
  const problems = new Map<string, readonly RuleProblem[]>();
  const prepared: Prepared[] = [];
  for (const rule of new Map(rules.map((each) => [each.id, each])).values()) {
    const read = await parts.readRule(rule.rego);
    if (read.kind === 'unparsed') problems.set(rule.id, read.problems);
    else prepared.push({ rule, ...read.packaged, definesUndecided: read.syntax.definesUndecided });
  }
  const built = await buildModule(prepared, parts);
  if (typeof built !== 'string') return { wasm: built, ruleIds: prepared.map(({ rule }) => rule.id), problems };
  const bad = await findBad(prepared, built, parts);
  for (const [id, message] of bad) problems.set(id, [problemFromBuild(message)]);
  const good = prepared.filter(({ rule }) => !bad.has(rule.id));
  const wasm = await buildModule(good, parts);
  if (typeof wasm === 'string') throw new Failure(`build ${good.length} rules: ${wasm}`, { retry: 'never', reason: 'BuildFailed' });
  return { wasm, ruleIds: good.map(({ rule }) => rule.id), problems };
}

/** Halves the list until each rule that fails stands alone. `message` is why all of them together fail. */
async function findBad(rules: readonly Prepared[], message: string, parts: Parts): Promise<ReadonlyMap<string, string>> {
  const [only] = rules;
  if (only !== undefined && rules.length === 1) return new Map([[only.rule.id, message]]);
  const bad = new Map<string, string>();
  const middle = Math.ceil(rules.length / 2);
  for (const half of [rules.slice(0, middle), rules.slice(middle)]) {
    if (half.length === 0) continue;
    const built = await buildModule(half, parts);
    if (typeof built === 'string') for (const [id, why] of await findBad(half, built, parts)) bad.set(id, why);
  }
  return bad;
}

/** Returns the module, or what opa says against it. */
async function buildModule(rules: readonly Prepared[], { run, lib, capabilities }: Parts): Promise<Uint8Array | string> {
  const entries = rules.map(({ rule, reference, definesUndecided }) => ({
    ruleId: rule.id,
    reference,
    parameters: rule.parameters,
    watches: rule.watches,
    definesUndecided,
  }));
  const { text } = await capabilities();
  // Rules of equal text share a file, whatever their parameters are.
  const files = new Map([
    ...rules.map(({ file, text: rego }) => [file, rego] as const),
    ['lib.rego', lib],
    ['run.rego', entryModule(entries)],
  ]);
  const sizeBytes = [...files.values()].reduce((sum, rego) => sum + Buffer.byteLength(rego), 0);
  if (sizeBytes > maxTextBytes)
    throw new Failure(`build ${rules.length} rules: their texts are together longer than ${maxTextBytes / 1024 / 1024} MiB`, {
      ...{ retry: 'never', reason: 'BuildTooLarge' },
    });
  const sources = [...files.keys()];
  return run({
    files: new Map([...files, ['capabilities.json', text]]),
    args: [
      ...['build', '--target', 'wasm', '--capabilities', 'capabilities.json', '--output', 'bundle.tar.gz'],
      ...(rules.length === 0 ? [emptyEntryPoint] : rules.map(({ rule }) => entryPoint(rule.id))).flatMap((name) => ['--entrypoint', name]),
      ...sources,
    ],
    read: async ({ succeeded, stdout, stderr }, directory) => {
      if (!succeeded) return stderr || stdout;
      const wasm = moduleInBundle(await readFile(join(directory, 'bundle.tar.gz')), maxModuleBytes);
      if (wasm === undefined) throw new Failure('read the bundle of opa: it has no module', { retry: 'never', reason: 'BuildFailed' });
      return wasm;
    },
  });
}

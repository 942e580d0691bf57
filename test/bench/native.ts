// OPA's own evaluator beside ours: a small Go program with a prepared query, built from the module in native/ and kept in the cache.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { leanBuildEnv, leanBuildFlags, runGo } from '../../src/opa/go.ts';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';
import type { BenchRule } from './documents.ts';

export interface NativeOpa {
  /** Prepares one query that answers what all these rules answer. */
  readonly prepare: (rules: readonly BenchRule[], lib: string) => Promise<void>;
  /** Microseconds from the JSON text of the document to that of the answer, and the answer. */
  readonly measure: (document: string, forMs: number) => Promise<{ readonly us: number; readonly result: unknown }>;
  readonly end: () => void;
}

const sources = join(import.meta.dirname, 'native');

/** Starts the program; builds it the first time. */
export async function startNativeOpa(options: { readonly env: Environment; readonly progress: Progress }): Promise<NativeOpa> {
  const child = spawn(await binary(options), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ask = asker(child);
  return {
    prepare: async (rules, lib) => {
      const sets = rules.flatMap(({ rule, parameters }) => {
        const literal = JSON.stringify(parameters);
        const name = packageOf(rule.rego);
        return ['violation', 'undecided'].map(
          (set) => `answer["${rule.name} ${set}"] := x if x := data.${name}.${set} with input.parameters as ${literal}`,
        );
      });
      const modules = Object.fromEntries(rules.map(({ rule }) => [`${rule.name}.rego`, rule.rego]));
      const bench = `package bench\n${sets.join('\n')}\n`;
      await ask({ modules: { ...modules, 'lib.rego': lib, 'bench.rego': bench }, query: 'data.bench.answer' });
    },
    measure: async (document, forMs) => {
      const { us, result } = await ask({ document, forMs });
      if (typeof us !== 'number') throw new Error('the native evaluator gave no time');
      return { us, result };
    },
    end: () => child.stdin?.end(),
  };
}

function packageOf(rego: string): string {
  const name = /^package (\S+)$/m.exec(rego)?.[1];
  if (name === undefined) throw new Error('a rule without a package');
  return name;
}

function asker(child: ChildProcess): (request: JsonObject) => Promise<JsonObject> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the native evaluator has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (request) => {
    stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the native evaluator ended');
    const answer: unknown = JSON.parse(value);
    if (!isJsonObject(answer) || typeof answer.error === 'string') throw new Error(`the native evaluator: ${value}`);
    return answer;
  };
}

async function binary(options: { readonly env: Environment; readonly progress: Progress }): Promise<string> {
  const env = { ...options.env, ...leanBuildEnv, GOWORK: 'off' };
  const hash = createHash('sha256');
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(sources, name)));
  const tool = {
    name: 'bench-native-opa',
    key: `${hash.digest('hex').slice(0, 16)}-${platform()}-${arch()}`,
    takes: 'about a minute',
    build: async (directory: string) => {
      const path = join(directory, 'native');
      await runGo(['build', ...leanBuildFlags, '-ldflags=-s -w', '-o', path, '.'], { env, directory: sources, timeoutMs: 20 * 60_000 });
      return path;
    },
  };
  return builtOnce(tool, options);
}

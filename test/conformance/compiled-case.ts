// Cases of OPA's conformance corpus, compiled by OPA itself: builds the program that does it, runs it and reads what it writes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { leanBuildEnv, leanBuildFlags, runGo } from '../../src/opa/go.ts';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';

/** One case as `compile/main.go` writes it; what OPA's file does not say is absent. */
export interface CompiledCase {
  /** Its folder in the corpus. */
  readonly category: string;
  readonly file: string;
  /** Not always unique: some files use one twice. */
  readonly note: string;
  /** A term of Rego, which JSON is too, but it may hold sets. */
  readonly input?: string;
  readonly data?: string;
  /** The rows of the answer, as JSON text: its numbers may be longer than a number of ours. */
  readonly wantResult?: string;
  readonly wantDefined?: boolean;
  readonly wantErrorCode?: string;
  readonly wantError?: string;
  /** The error is one of a builtin, which a module answers with undefined. */
  readonly strictError: boolean;
  /** The values of the bindings are sets, whatever they look like. */
  readonly sortBindings: boolean;
  readonly ignoreGeneratedVars: boolean;
  readonly compileError?: string;
  /** Empty when it was not compiled. */
  readonly wasm: Uint8Array<ArrayBuffer>;
}

const sources = join(import.meta.dirname, 'compile');

/** Returns the path of the program that compiles the cases; builds it when this was not done for these sources and this Go. */
export async function caseCompiler(options: { readonly env: Environment; readonly progress: Progress }): Promise<string> {
  const env = { ...options.env, ...leanBuildEnv, GOWORK: 'off' };
  const hash = createHash('sha256').update(await runGo(['env', 'GOVERSION'], { env, directory: sources, timeoutMs: 5 * 60_000 }));
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(`\n${name}\n`).update(await readFile(join(sources, name)));
  const tool = {
    name: 'test-conformance-compiler',
    key: `${hash.digest('hex').slice(0, 16)}-${platform()}-${arch()}`,
    takes: 'half a minute to a minute',
    build: async (directory: string) => {
      const path = join(directory, 'compile');
      await runGo(['build', ...leanBuildFlags, '-ldflags=-s -w', '-o', path, '.'], { env, directory: sources, timeoutMs: 20 * 60_000 });
      return path;
    },
  };
  return builtOnce(tool, options);
}

/** Yields the cases of these categories, or of all when none is given, while the program is still compiling the next ones. */
export async function* compiledCases(compiler: string, categories: readonly string[]): AsyncGenerator<CompiledCase> {
  // It keeps little and throws away much: the collector of Go would take as long as the compiler.
  const env = { ...process.env, GOGC: 'off', GOMEMLIMIT: '512MiB' };
  const child = spawn(compiler, categories, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    yield* readRecords(child.stdout);
    const code = await ended;
    if (code !== 0) throw new Error(`compile the conformance cases: exit code ${code}`);
  } finally {
    child.kill();
  }
}

/** Splits the stream: a line of JSON, then as many bytes as it says. */
async function* readRecords(stream: AsyncIterable<Buffer>): AsyncGenerator<CompiledCase> {
  let pending: Buffer[] = [];
  let sizeBytes = 0;
  let wantedBytes = 1;
  for await (const chunk of stream) {
    pending.push(chunk);
    sizeBytes += chunk.length;
    // A module comes in many chunks: they are joined only once it is whole.
    if (sizeBytes < wantedBytes) continue;
    let rest = Buffer.concat(pending);
    wantedBytes = rest.length + 1;
    for (let lineEnd = rest.indexOf(10); lineEnd !== -1; lineEnd = rest.indexOf(10)) {
      const { wasmBytes, ...header } = parseHeader(rest.toString('utf8', 0, lineEnd));
      const recordBytes = lineEnd + 1 + wasmBytes;
      if (rest.length < recordBytes) {
        wantedBytes = recordBytes;
        break;
      }
      yield { ...header, wasm: new Uint8Array(rest.subarray(lineEnd + 1, recordBytes)) };
      rest = rest.subarray(recordBytes);
      wantedBytes = rest.length + 1;
    }
    pending = [rest];
    sizeBytes = rest.length;
  }
  if (sizeBytes > 0) throw new Error('compile the conformance cases: the output ends within a case');
}

function parseHeader(line: string): Omit<CompiledCase, 'wasm'> & { readonly wasmBytes: number } {
  // The program is the project's own, and writes this.
  return JSON.parse(line) as Omit<CompiledCase, 'wasm'> & { readonly wasmBytes: number };
}

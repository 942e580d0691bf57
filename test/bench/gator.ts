// `gator bench` of Gatekeeper beside ours: the same rules as constraint templates, the input document as the object under review.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { leanBuildEnv, leanBuildFlags, runGo } from '../../src/opa/go.ts';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, type Environment } from '../../src/opa/tool-cache.ts';
import type { BenchRule } from './documents.ts';

const run = promisify(execFile);
const version = '3.23.1';

/** Returns the path of gator, built from its module the first time. Throws `Failure` where that cannot be done. */
export function gatorBinary({ env, progress }: { readonly env: Environment; readonly progress: Progress }): Promise<string> {
  const tool = {
    name: 'gator',
    key: `${version}-${platform()}-${arch()}`,
    takes: 'about four minutes',
    build: async (directory: string) => {
      const args = ['install', ...leanBuildFlags, '-ldflags=-s -w', `github.com/open-policy-agent/gatekeeper/v3/cmd/gator@v${version}`];
      await runGo(args, { env: { ...env, ...leanBuildEnv, GOBIN: directory }, timeoutMs: 30 * 60_000 });
      return join(directory, 'gator');
    },
  };
  return builtOnce(tool, { env, progress });
}

export interface GatorInput {
  readonly rules: readonly BenchRule[];
  readonly lib: string;
  readonly document: JsonObject;
  readonly iterations: number;
}

/** Returns the mean microseconds of a review by Gatekeeper's Rego engine, and how many violations one review found. */
export async function gatorBench(gator: string, input: GatorInput): Promise<{ readonly us: number; readonly violations: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-gator-'));
  try {
    const objects = [...input.rules.flatMap((rule) => constraint(rule, input.lib)), review(input.document)];
    await writeFile(join(directory, 'bench.yaml'), objects.map((object) => stringify(object)).join('---\n'));
    const args = [
      'bench',
      '--filename',
      directory,
      '--engine',
      'rego',
      '--iterations',
      String(input.iterations),
      '--warmup',
      '2',
      '--output',
      'json',
    ];
    const running = run(gator, args, { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 });
    // It waits for more objects on its standard input.
    running.child.stdin?.end();
    const { stdout } = await running;
    const parsed: unknown = JSON.parse(stdout);
    const result: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (!isJsonObject(result) || typeof result.reviewsPerSecond !== 'number') throw new Error('gator bench gave no result');
    return { us: 1e6 / result.reviewsPerSecond, violations: Number(result.violationCount) / input.iterations };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same text, but for where Gatekeeper puts object and library. */
function constraint({ rule, parameters }: BenchRule, lib: string): readonly object[] {
  const kind = `Bench${rule.name.replaceAll('-', '')}`;
  const rego = rule.rego
    .replaceAll(/\binput\.(images|workload|now)\b/g, 'input.review.object.spec.$1')
    .replace('import data.kubexray.lib', 'import data.lib.kubexray as lib');
  const libs = [lib.replace('package kubexray.lib', 'package lib.kubexray')];
  const source = { version: 'v1', rego, libs };
  return [
    {
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: kind.toLowerCase() },
      spec: {
        crd: {
          spec: { names: { kind }, validation: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
        },
        targets: [{ target: 'admission.k8s.gatekeeper.sh', code: [{ engine: 'Rego', source }] }],
      },
    },
    { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind, metadata: { name: 'bench' }, spec: { parameters } },
  ];
}

function review(document: JsonObject): object {
  return { apiVersion: 'bench.kubexray.io/v1', kind: 'Workload', metadata: { name: 'bench', namespace: 'shop' }, spec: document };
}

// Where `opa` comes from, shown with scripts that stand for opa and go.
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Failure } from '../../src/failure.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { silent } from '../../src/opa/progress.ts';

async function machine(t: ExecutionContext) {
  const root = await mkdtemp(join(tmpdir(), 'kubexray-opa-'));
  t.teardown(() => rm(root, { recursive: true }));
  const bin = join(root, 'bin');
  await mkdir(bin);
  const script = async (name: string, text: string) => {
    await writeFile(join(root, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return join(root, name);
  };
  return { root, script, env: { PATH: bin, XDG_CACHE_HOME: join(root, 'cache') } };
}

const opa = (version: string) => `echo "Version: ${version}"; echo "Platform: linux/amd64"`;
// `go install` puts the binary into GOBIN.
const go = `printf '#!/bin/sh\\necho "Version: 1.22.2"\\n' > "$GOBIN/opa"; /bin/chmod +x "$GOBIN/opa"`;

async function failureOf(t: ExecutionContext, found: Promise<string>): Promise<string> {
  const failure = await t.throwsAsync(found, { instanceOf: Failure });
  t.is(failure.reason, 'NoCompiler');
  t.is(failure.retry, 'never');
  return failure.message;
}

test('KUBEXRAY_OPA goes before PATH', async (t) => {
  const { env, script } = await machine(t);
  await script('bin/opa', opa('1.22.2'));
  const mine = await script('mine', opa('1.22.2'));
  t.is(await findOpa({ env: { ...env, KUBEXRAY_OPA: mine }, progress: silent }), mine);
});

test('a KUBEXRAY_OPA of another version is an error that names both versions, though PATH has the right one', async (t) => {
  const { env, script } = await machine(t);
  await script('bin/opa', opa('1.22.2'));
  const mine = await script('mine', opa('0.70.0'));
  const message = await failureOf(t, findOpa({ env: { ...env, KUBEXRAY_OPA: mine }, progress: silent }));
  t.is(message, `use KUBEXRAY_OPA=${mine}: it is 0.70.0, and opa 1.22.2 is needed`);
});

test('a KUBEXRAY_OPA that is not there is an error that names it', async (t) => {
  const { env } = await machine(t);
  const message = await failureOf(t, findOpa({ env: { ...env, KUBEXRAY_OPA: '/nowhere/opa' }, progress: silent }));
  t.is(message, 'use KUBEXRAY_OPA=/nowhere/opa: spawn /nowhere/opa ENOENT');
});

test('opa on PATH is used in the right version', async (t) => {
  const { env, script } = await machine(t);
  const onPath = await script('bin/opa', opa('1.22.2'));
  t.is(await findOpa({ env, progress: silent, allowBuild: false }), onPath);
});

test('with another version on PATH it is built with go into the cache, and found there when go is gone', async (t) => {
  const { env, root, script } = await machine(t);
  await script('bin/opa', opa('1.22.3'));
  const goPath = await script('bin/go', go);
  const built = await findOpa({ env, progress: silent });
  t.true(built.startsWith(join(root, 'cache', 'kubexray', 'opa', '1.22.2-')));
  await rm(goPath);
  t.is(await findOpa({ env, progress: silent }), built);
});

test('without opa and without go one error names the three ways out', async (t) => {
  const { env } = await machine(t);
  t.is(
    await failureOf(t, findOpa({ env, progress: silent })),
    [
      'find opa 1.22.2: there is none on PATH, and run go install: go was not found on PATH',
      'Do one of these:',
      '  - set KUBEXRAY_OPA to the path of its binary',
      '  - put opa 1.22.2 on PATH',
      '  - install Go (https://go.dev/dl), with which it is built once from its module, in about a minute',
    ].join('\n'),
  );
});

test('a go that fails is quoted', async (t) => {
  const { env, script } = await machine(t);
  await script('bin/go', 'echo "go: module lookup disabled by GOPROXY=off" >&2; exit 1');
  const message = await failureOf(t, findOpa({ env, progress: silent }));
  t.regex(
    message,
    /^find opa 1\.22\.2: there is none on PATH, and run go install: exit code 1\ngo: module lookup disabled by GOPROXY=off\n/,
  );
});

test('nothing is built where that is not allowed', async (t) => {
  const { env, root, script } = await machine(t);
  await script('bin/go', go);
  const onPath = await script('bin/opa', opa('1.22.3'));
  const message = await failureOf(t, findOpa({ env, progress: silent, allowBuild: false }));
  t.regex(message, new RegExp(`^find opa 1\\.22\\.2: ${onPath} is 1\\.22\\.3, and it is not built here\n`));
  await t.throwsAsync(access(join(root, 'cache')));
});

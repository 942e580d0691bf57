// Tools are built once into the user's cache folder, also by processes that start at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import type { Progress } from '../../src/opa/progress.ts';
import { builtOnce, cacheDirectory } from '../../src/opa/tool-cache.ts';

async function workshop(t: ExecutionContext) {
  const cache = await mkdtemp(join(tmpdir(), 'kubexray-cache-'));
  t.teardown(() => rm(cache, { recursive: true }));
  const lines: string[] = [];
  const progress: Progress = { say: (line) => void lines.push(line), update: (line) => void lines.push(line), updateEveryMs: 5 };
  return { path: join(cache, 'kubexray', 'spade', '1'), lines, options: { env: { XDG_CACHE_HOME: cache }, progress, pollMs: 5 } };
}

/** Writes `text` as the tool. */
function spade(text: string, forged: Promise<void> = Promise.resolve()) {
  const tool = {
    builds: 0,
    name: 'spade',
    key: '1',
    takes: 'a moment',
    build: async (directory: string) => {
      tool.builds += 1;
      await forged;
      await writeFile(join(directory, 'anything'), text);
      return join(directory, 'anything');
    },
  };
  return tool;
}

async function lockOf(path: string, holder: string, touched: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.lock`, holder);
  await utimes(`${path}.lock`, touched, touched);
}

test('a tool is built once, and found afterwards', async (t) => {
  const { options, path } = await workshop(t);
  const tool = spade('steel');
  t.is(await builtOnce(tool, options), path);
  t.is(await builtOnce(tool, options), path);
  t.is(tool.builds, 1);
  t.is(await readFile(path, 'utf8'), 'steel');
  t.deepEqual(await readdir(dirname(path)), ['1']);
});

test('a build says that it goes on, where, how long it takes, how far it is, and that it is done', async (t) => {
  const { options, path, lines } = await workshop(t);
  const ticked = Promise.withResolvers<void>();
  const update = (line: string) => {
    lines.push(line);
    ticked.resolve();
  };
  await builtOnce(spade('steel', ticked.promise), { ...options, progress: { ...options.progress, update } });
  t.is(lines[0], `spade: building it once, a moment; it is kept in ${dirname(path)}`);
  t.is(lines[1], 'spade: building, 0 s so far');
  t.is(lines.at(-1), 'spade: built in 0 s');
});

test('of two that ask at once one builds, and the other waits and says so', async (t) => {
  const { options, path, lines } = await workshop(t);
  const said = Promise.withResolvers<void>();
  const say = (line: string) => {
    lines.push(line);
    if (line.endsWith('waiting')) said.resolve();
  };
  const [first, second] = [spade('steel', said.promise), spade('steel', said.promise)];
  const asked = { ...options, progress: { ...options.progress, say } };
  t.deepEqual(await Promise.all([builtOnce(first, asked), builtOnce(second, asked)]), [path, path]);
  t.is(first.builds + second.builds, 1);
  t.true(lines.includes(`spade: process ${process.pid} is building it; waiting`));
});

test('the lock of a process that has ended holds nobody up', async (t) => {
  const { options, path } = await workshop(t);
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');
  await lockOf(path, String(ended.pid), new Date());
  t.is(await builtOnce(spade('steel'), options), path);
});

test('a lock that its holder no longer touches holds nobody up, though the process id lives', async (t) => {
  const { options, path } = await workshop(t);
  await lockOf(path, String(process.pid), new Date(Date.now() - 60_000));
  t.is(await builtOnce(spade('steel'), options), path);
});

test('a build that fails leaves nothing behind, and the next one is tried', async (t) => {
  const { options, path, lines } = await workshop(t);
  await t.throwsAsync(builtOnce(spade('steel', Promise.reject(new Error('no fire'))), options), { message: 'no fire' });
  t.is(lines.at(-1), 'spade: the build failed after 0 s');
  t.deepEqual(await readdir(dirname(path)), []);
  t.is(await builtOnce(spade('steel'), options), path);
});

test('a build removes what nobody used for a month, and keeps the rest', async (t) => {
  const { options, path } = await workshop(t);
  const folder = dirname(path);
  await mkdir(join(folder, '1.building-left'), { recursive: true });
  await writeFile(join(folder, 'old'), '');
  await writeFile(join(folder, 'recent'), '');
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);
  await utimes(join(folder, 'old'), hoursAgo(31 * 24), hoursAgo(31 * 24));
  await utimes(join(folder, 'recent'), hoursAgo(29 * 24), hoursAgo(29 * 24));
  await utimes(join(folder, '1.building-left'), hoursAgo(2), hoursAgo(2));
  await builtOnce(spade('steel'), options);
  t.deepEqual((await readdir(folder)).sort(), ['1', 'recent']);
});

test('the cache is where XDG says, which ignores a relative path', (t) => {
  t.is(cacheDirectory({ XDG_CACHE_HOME: '/cache', HOME: '/home/ada' }), '/cache/kubexray');
  t.is(cacheDirectory({ XDG_CACHE_HOME: 'cache', HOME: '/home/ada' }), '/home/ada/.cache/kubexray');
  t.is(cacheDirectory({ HOME: '/home/ada' }), '/home/ada/.cache/kubexray');
  t.throws(() => cacheDirectory({}), { message: 'find the cache folder: neither XDG_CACHE_HOME nor HOME is set' });
});

// The README names only what there is: scripts, files, and a policy that is one. Reads files only.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { kubexrayProgram } from '../src/commands/program.ts';
import { isJsonObject } from '../src/facts/json.ts';
import { parsePolicy } from '../src/policy/parse.ts';

const root = join(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

function found(pattern: RegExp, text = readme): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, match]) => match ?? ''))];
}

/** Links, `-f FILE` of commands, and code spans that look like a path of ours: `src/facts/`, not `kubexray.io/action` or `/readyz`. */
function pathsNamed(text: string): readonly string[] {
  const spans = found(/`([a-z][\w-]*(?:\/[\w.-]+)*\/?)`/g, text).filter((span) => span.includes('/'));
  return [...spans, ...found(/\]\((?!https?:)([^)#]+)\)/g, text), ...found(/ -f (\S+)/g, text)];
}

test('every npm script that the README names exists', async (t) => {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const scripts = isJsonObject(manifest) && isJsonObject(manifest.scripts) ? Object.keys(manifest.scripts) : [];
  const named = found(/npm run (?:-s )?([\w:-]+)/g);
  t.true(named.includes('demo') && named.includes('kubexray'));
  t.deepEqual(
    named.filter((name) => !scripts.includes(name)),
    [],
  );
  t.true(scripts.includes('test'));
});

test('every file that the README names exists', (t) => {
  const named = pathsNamed(readme);
  t.true(named.includes('crds/kubexraypolicies.yaml') && named.includes('src/facts/') && named.includes('LICENSE'));
  t.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('every verb and flag that the README calls exists', (t) => {
  const calls = [...readme.replaceAll('\\\n', ' ').matchAll(/npm run -s kubexray -- ([a-z]+)([^#\n`]*)/g)];
  t.deepEqual([...new Set(calls.map(([, verb]) => verb))], ['init', 'check', 'test', 'snapshot', 'plan', 'explain', 'controller']);
  for (const [call, verb, rest = ''] of calls) {
    const flags = rest.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
    const known = kubexrayProgram().commands.find((command) => command.name() === verb)?.options ?? [];
    t.true(
      flags.every((flag) => known.some(({ short, long }) => flag === short || flag === long)),
      call,
    );
  }
});

test('the policies of the README and of the demo are policies', async (t) => {
  const blocks = found(/```yaml\n([\s\S]*?)```/g);
  t.is(blocks.length, 1);
  const files = ['production', 'registries'].map((name) => readFile(join(root, `test/demo/policies/${name}.yaml`), 'utf8'));
  for (const text of [...blocks, ...(await Promise.all(files))]) {
    t.like(parsePolicy(parse(text)), { problems: undefined });
  }
});

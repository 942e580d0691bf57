// Holds the layout: imports go one way, and what is pure by name is pure. Reads the files of this repository.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { breaches } from './imports.ts';

const root = join(import.meta.dirname, '../..');

test('the source keeps the layout', (t) => {
  const paths = globSync('src/**/*.ts', { cwd: root });
  t.true(paths.length > 50);
  const files = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  t.deepEqual(breaches(files), []);
});

const cases: Readonly<Record<string, { readonly path: string; readonly text: string; readonly found: readonly string[] }>> = {
  'a stage that imports a later one': {
    path: 'src/facts/image.ts',
    text: "import { x } from '../actions/plan.ts';",
    found: ['src/facts/image.ts imports src/actions/plan.ts'],
  },
  'a stage that imports an adapter, though only its types': {
    path: 'src/status/report.ts',
    text: "import type { Log } from '../telemetry/log.ts';",
    found: ['src/status/report.ts imports src/telemetry/log.ts'],
  },
  'an adapter that imports another over several lines': {
    path: 'src/xray/client.ts',
    text: "import {\n  opa,\n} from '../opa/load.ts';",
    found: ['src/xray/client.ts imports src/opa/load.ts'],
  },
  'source that imports a test': {
    path: 'src/commands/controller.ts',
    text: "const x = await import('../../test/xray/main.ts');",
    found: ['src/commands/controller.ts imports test/xray/main.ts'],
  },
  'a pure file that waits, reads the clock, the environment and chance': {
    path: 'src/actions/decide.ts',
    text: 'const f = async () => { await g(); return [Date.now(), new Date(), process.env.HOME, Math.random(), fetch(url)]; };',
    found: ['async', 'await', 'fetch', 'process', 'Date.now', 'new Date()', 'Math.random']
      .map((word) => `src/actions/decide.ts uses ${word}`)
      .sort(),
  },
  'a pure file that reads files': {
    path: 'src/policy/parse.ts',
    text: "import { readFileSync } from 'node:fs';",
    found: ['src/policy/parse.ts imports node:fs'],
  },
  'what is impure by name, and words in comments and texts': {
    path: 'src/actions/execute.ts',
    text: "await x; // process\nconst y = 'fetch';",
    found: [],
  },
  'words in comments and texts of a pure file': {
    path: 'src/policy/glob.ts',
    text: "/** await */ const y = 'process'; // Date.now",
    found: [],
  },
};

for (const [name, { path, text, found }] of Object.entries(cases)) {
  test(`finds: ${name}`, (t) => {
    t.deepEqual(breaches(new Map([[path, text]])), found);
  });
}

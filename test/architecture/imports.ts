// Reads the source as text and says where it breaks the layout: imports that go the wrong way, impurity in pure files.
import { posix } from 'node:path';

/** Path relative to the repository (`src/facts/image.ts`) → text. */
export type SourceFiles = ReadonlyMap<string, string>;

/** Stages in the order of the flow; each may import itself and those before it. */
const stages = ['facts', 'policy', 'evaluation', 'cases', 'actions', 'status', 'controller', 'commands'];
/** Adapters implement ports of the stages; only commands build them. */
const adapters = ['kubernetes', 'xray', 'registry', 'opa', 'notify', 'output', 'telemetry', 'recording'];
/** Stage files that may wait and read the world; everything in controller/ and commands/ may. */
const impureFiles = [
  'src/facts/gather.ts',
  'src/facts/identities.ts',
  'src/facts/watch-feeds.ts',
  'src/actions/execute.ts',
  'src/evaluation/program.ts',
];
const impureStages = ['controller', 'commands'];
const pureModules = ['node:crypto', 'node:util', 'ajv', 'yaml'];

const impure = [
  /\bawait\b/,
  /\basync\b/,
  /\bfetch\b/,
  /\bprocess\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /\bperformance\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
];

/** Returns one line per breach, sorted. */
export function breaches(files: SourceFiles): readonly string[] {
  return [...files].flatMap(([path, text]) => [...importBreaches(path, text), ...purityBreaches(path, text)]).sort();
}

function importBreaches(path: string, text: string): readonly string[] {
  const from = folderOf(path);
  return importsOf(text)
    .filter((target) => target.startsWith('.'))
    .map((target) => posix.join(posix.dirname(path), target))
    .filter((target) => !mayImport(from, target))
    .map((target) => `${path} imports ${target}`);
}

/** The top files (failure.ts) are open to all; cli.ts may import commands. */
function mayImport(from: string, target: string): boolean {
  if (!target.startsWith('src/')) return false;
  const to = folderOf(target);
  if (to === '' || to === from || from === '' || from === 'commands') return true;
  if (adapters.includes(from)) return stages.includes(to) && to !== 'commands';
  return stages.includes(to) && stages.indexOf(to) <= stages.indexOf(from);
}

function purityBreaches(path: string, text: string): readonly string[] {
  const stage = folderOf(path);
  if (!stages.includes(stage) || impureStages.includes(stage) || impureFiles.includes(path)) return [];
  const code = withoutCommentsAndTexts(text);
  const words = impure.map((pattern) => pattern.exec(code)?.[0]).filter((word) => word !== undefined);
  const modules = importsOf(text).filter((target) => !target.startsWith('.') && !pureModules.includes(target));
  return [...words.map((word) => `${path} uses ${word}`), ...modules.map((module) => `${path} imports ${module}`)];
}

function folderOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

function importsOf(text: string): readonly string[] {
  const found = [
    ...text.matchAll(
      /^\s*(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
    ),
  ];
  return found.map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

/** Good enough for this code: what stands in comments and in text literals is blanked; `${…}` inside templates stays. */
function withoutCommentsAndTexts(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(^|\s)\/\/.*$/gm, ' ')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

// Reads what authors wrote: policies in YAML files, rules in folders; with everything that is wrong before anything is compiled.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { compareTexts } from '../facts/compare-texts.ts';
import { isJsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { type AuthoredPolicy, isPolicyObject, type ObjectPlace, readPolicy } from './authored-policy.ts';
import { type AuthoredRule, readRule } from './authored-rule.ts';
import { mentionsPolicy, misspeltKind } from './nearly-policy.ts';
import { whyUnreadable } from './read-failure.ts';
import { outdatedCopies } from './rule-copies.ts';
import { usage } from './settings.ts';
import type { SourceFile, SourceProblem } from './source-file.ts';
import { parseYaml } from './yaml-source.ts';

export interface Authored {
  /** In the order of the files and of the documents in them; some cannot be read, and say why. */
  readonly policies: readonly AuthoredPolicy[];
  readonly rules: readonly AuthoredRule[];
  /** Of files as a whole: what is no YAML. */
  readonly problems: readonly SourceProblem[];
  /** What was passed over in files that were named, in words. */
  readonly notes: readonly string[];
}

const nothing: Authored = { policies: [], rules: [], problems: [], notes: [] };
/** How standard input is named on the command line, and in messages. */
const [stdinPath, stdinName] = ['-', '<stdin>'] as const;

/**
 * Reads files and folders (`-` is standard input, read by `readStdin`). A folder with `rule.rego` is a rule, and the policies beside it;
 * others are searched for both. A policy file that is named twice, once by its folder, is read once. Throws `Failure` when something is not there, cannot be read, or is not text.
 */
export async function readAuthored(paths: readonly string[], readStdin: () => Promise<Uint8Array>): Promise<Authored> {
  let all = nothing;
  for (const path of paths) all = joined(all, withoutFilesOf(all, await readPath(path, readStdin)));
  return all;
}

/** Who names a folder and the policy in it means one policy. */
function withoutFilesOf({ policies, problems }: Authored, later: Authored): Authored {
  const files = new Set([...policies, ...problems].map(({ source }) => resolve(source.file)));
  const isNew = ({ source }: { readonly source: SourceFile }): boolean => !files.has(resolve(source.file));
  return { ...later, policies: later.policies.filter(isNew), problems: later.problems.filter(isNew) };
}

function joined(a: Authored, b: Authored): Authored {
  return {
    policies: [...a.policies, ...b.policies],
    rules: [...a.rules, ...b.rules],
    problems: [...a.problems, ...b.problems],
    notes: [...a.notes, ...b.notes],
  };
}

async function readPath(path: string, readStdin: () => Promise<Uint8Array>): Promise<Authored> {
  if (path === stdinPath) return yamlFile({ file: stdinName, text: decoded(await readStdin(), stdinName) }, 'named');
  const isFolder = await attempt(path, async () => (await stat(path)).isDirectory());
  if (isFolder) return readFolder(path);
  if (path.endsWith('.rego')) return ruleFile(path);
  // Whoever names the description of a rule means the rule.
  if (basename(path) === 'rule.yaml' && (await isFile(join(dirname(path), 'rule.rego')))) return ruleFolder(dirname(path));
  return yamlFile(await readText(path), 'named');
}

async function readFolder(path: string): Promise<Authored> {
  const entries = await attempt(path, () => readdir(path, { withFileTypes: true }));
  const isRule = entries.some(({ name }) => name === 'rule.rego');
  let all = isRule ? await ruleFolder(path) : nothing;
  for (const entry of [...entries].sort((a, b) => compareTexts(a.name, b.name))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const inside = join(path, entry.name);
    // Below a rule are its cases, and beside it the policies that use it.
    if (isRule && (entry.isDirectory() || entry.name === 'rule.yaml')) continue;
    if (entry.isDirectory()) all = joined(all, await readFolder(inside));
    else if (/\.ya?ml$/.test(entry.name)) all = joined(all, await foundFile(inside));
  }
  return all;
}

/** One that is not text must not keep the others from being checked. */
async function foundFile(file: string): Promise<Authored> {
  const bytes = await attempt(file, () => readFile(file));
  const text = textOf(bytes);
  if (text !== undefined) return yamlFile({ file, text }, 'found');
  const problem = { source: { file, text: '' }, line: 1, column: 1, reason: 'NotText', message: 'it is not UTF-8 text' };
  return { ...nothing, problems: [problem] };
}

async function ruleFolder(path: string): Promise<Authored> {
  const description = join(path, 'rule.yaml');
  const rego = await readText(join(path, 'rule.rego'));
  const rule = readRule(rego, (await isFile(description)) ? await readText(description) : undefined);
  const policy = join(path, 'policy.yaml');
  const copies = (await isFile(policy)) ? outdatedCopies(rego, await readText(policy)) : [];
  return { ...nothing, rules: [{ ...rule, problems: [...rule.problems, ...copies] }] };
}

async function ruleFile(path: string): Promise<Authored> {
  return basename(path) === 'rule.rego' ? ruleFolder(dirname(path)) : { ...nothing, rules: [readRule(await readText(path), undefined)] };
}

/** A file that was found in a search has to look like a policy: templates of charts, for example, are no YAML at all. */
function yamlFile(source: SourceFile, how: 'named' | 'found'): Authored {
  if (how === 'found' && !mentionsPolicy(source.text)) return nothing;
  let all = nothing;
  for (const document of parseYaml(source.text, 'kubectl')) {
    const problems = document.problems.map((problem) => ({ ...problem, source, reason: 'InvalidYaml' }));
    all = joined(all, { ...nothing, problems });
    if (problems.length > 0 || document.value === null) continue;
    for (const { object, path } of objectsIn(document.value)) {
      if (isPolicyObject(object)) all = joined(all, { ...nothing, policies: [readPolicy(object, { source, document, path })] });
      else if (misspeltKind(object) !== undefined)
        all = joined(all, { ...nothing, problems: misspelt(object, { source, document, path }) });
      else if (how === 'named') all = joined(all, { ...nothing, notes: [`${source.file}: ${nameOf(object)} is passed over`] });
    }
  }
  return all;
}

function misspelt(object: unknown, { source, document, path }: ObjectPlace): readonly SourceProblem[] {
  const wrong = misspeltKind(object);
  const kindPath = path === '' ? 'kind' : `${path}.kind`;
  return wrong === undefined ? [] : [{ source, reason: 'UnknownKind', ...wrong, ...document.placeOf(kindPath) }];
}

/** What `kubectl get -o yaml` prints is a List. */
function objectsIn(value: unknown): readonly { readonly object: unknown; readonly path: string }[] {
  if (!isJsonObject(value) || value.kind !== 'List' || !Array.isArray(value.items)) return [{ object: value, path: '' }];
  return value.items.map((object: unknown, index) => ({ object, path: `items[${index}]` }));
}

function nameOf(object: unknown): string {
  if (!isJsonObject(object) || typeof object.kind !== 'string') return 'a document without kind';
  const name = isJsonObject(object.metadata) && typeof object.metadata.name === 'string' ? ` ${object.metadata.name}` : '';
  return `${object.kind}${name}`;
}

async function readText(path: string): Promise<SourceFile> {
  return { file: path, text: decoded(await attempt(path, () => readFile(path)), path) };
}

function decoded(bytes: Uint8Array, name: string): string {
  const text = textOf(bytes);
  if (text === undefined) throw usage(`read ${name}: it is not UTF-8 text`);
  return text;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function attempt<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (thrown) {
    throw new Failure(`read ${path}: ${whyUnreadable(thrown)}`, { retry: 'never', reason: 'FileUnreadable', cause: thrown });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

// Reads the syntax tree of a rule as `opa parse` prints it: its package, what it defines, and what it refers to. Pure.
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { annotationProblems } from './annotations.ts';
import { inputWordProblems } from './input-words.ts';
import { mixedHeadProblems } from './mixed-heads.ts';
import { violationHeadProblems } from './violation-heads.ts';

/** A place in the author's text, 1-based; columns count characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface RuleSyntax {
  /** Without `data`. */
  readonly packagePath: readonly string[];
  /** Where the name of the package begins in its clause. */
  readonly packageAt: Place;
  /** Where the author writes `data` to name a rule of the same package. */
  readonly ownReferencesAt: readonly Place[];
  readonly definesUndecided: boolean;
  /** What it takes from data.kubexray.lib, by that name or by its import. */
  readonly libraryReferences: readonly LibraryReference[];
  /** Of structure only; types and unknown functions are for `opa check`. */
  readonly problems: readonly RuleProblem[];
}

/** A name below data.kubexray.lib, and where the reference to it begins. */
export interface LibraryReference extends Place {
  readonly name: string;
}

const libraryPath = ['kubexray', 'lib'] as const;

/** Reads the tree. It comes from opa itself: what is not there as expected is left out, and found missing by the problems. */
export function readRuleSyntax(tree: unknown): RuleSyntax {
  const root = isJsonObject(tree) ? tree : {};
  const clause = isJsonObject(root.package) && Array.isArray(root.package.path) ? root.package.path : [];
  const packagePath = staticPath(clause);
  const rules = Array.isArray(root.rules) ? root.rules.filter(isJsonObject) : [];
  const imports = Array.isArray(root.imports) ? root.imports.filter(isJsonObject) : [];
  const found = findReferences([root.imports, root.rules], { packagePath, libraryWords: imports.flatMap(libraryWord) });
  const packageAt = placeOf(clause[1]);
  return {
    packagePath,
    packageAt,
    ownReferencesAt: found.own,
    definesUndecided: rules.some((rule) => ruleName(rule) === 'undecided'),
    libraryReferences: found.library,
    problems: [
      ...packageProblems(packagePath, packageAt),
      ...setProblems(rules, packageAt),
      ...violationHeadProblems(rules),
      ...mixedHeadProblems(rules),
      ...found.problems,
      ...inputWordProblems(rules),
      ...annotationProblems(root.annotations),
    ],
  };
}

function packageProblems(path: readonly string[], at: Place): RuleProblem[] {
  if (path[0] !== 'kubexray') return [];
  return [{ reason: 'PackageReserved', message: `package ${path.join('.')}: names that begin with kubexray are taken`, ...at }];
}

function setProblems(rules: readonly JsonObject[], packageAt: Place): RuleProblem[] {
  const problems: RuleProblem[] = [];
  for (const name of ['violation', 'undecided']) {
    const wrong = rules.find((rule) => ruleName(rule) === name && !isPartialSet(rule));
    if (wrong === undefined) continue;
    problems.push({
      reason: name === 'violation' ? 'NoViolation' : 'UndecidedNotSet',
      message: `\`${name}\` must be a set`,
      hint: `write \`${name} contains … if { … }\``,
      ...placeOf(wrong),
    });
  }
  if (rules.some((rule) => ruleName(rule) === 'violation')) return problems;
  const other = rules.find((rule) => ['deny', 'warn', 'violations'].includes(ruleName(rule)));
  if (other === undefined) return [...problems, { reason: 'NoViolation', message: 'there is no rule `violation`', ...packageAt }];
  return [...problems, { reason: 'NoViolation', message: `rename \`${ruleName(other)}\` to \`violation\``, ...placeOf(other) }];
}

function ruleName(rule: JsonObject): string {
  const head = isJsonObject(rule.head) ? rule.head : {};
  const first = Array.isArray(head.ref) ? head.ref[0] : undefined;
  return isJsonObject(first) && typeof first.value === 'string' ? first.value : '';
}

/** `name contains key` has a key and neither value nor arguments; `name.x contains …` would be a map of sets. */
function isPartialSet(rule: JsonObject): boolean {
  const { key, value, args, ref } = isJsonObject(rule.head) ? rule.head : {};
  return key !== undefined && value === undefined && args === undefined && Array.isArray(ref) && ref.length === 1;
}

interface References {
  readonly own: Place[];
  readonly library: LibraryReference[];
  readonly problems: RuleProblem[];
}

interface Names {
  readonly packagePath: readonly string[];
  /** What data.kubexray.lib is called here. */
  readonly libraryWords: readonly string[];
}

/** Returns the word by which an import makes the library known, if it does. */
function libraryWord({ path, alias }: JsonObject): readonly string[] {
  const terms = isJsonObject(path) && Array.isArray(path.value) ? path.value : [];
  const names = staticPath(terms);
  const isLibrary = isData(terms[0]) && names.length === 2 && libraryPath.every((part, index) => names[index] === part);
  return isLibrary ? [typeof alias === 'string' ? alias : 'lib'] : [];
}

/** Walks without recursion: how deep the tree is, the author decides. */
function findReferences(trees: readonly unknown[], names: Names): References {
  const references: References = { own: [], library: [], problems: [] };
  const pending: unknown[] = [...trees];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) {
      lintCall(node, references);
      for (const element of node) pending.push(element);
    } else if (isJsonObject(node)) {
      if (node.type === 'ref' && Array.isArray(node.value) && isData(node.value[0])) {
        sortReference(node.value, names, references);
        pending.push(node.value.slice(1));
      } else if (isData(node)) {
        references.problems.push(foreign('data', placeOf(node)));
      } else {
        if (node.type === 'ref' && Array.isArray(node.value)) noteLibrary(node.value, names, references);
        for (const [key, value] of Object.entries(node)) if (key !== 'location') pending.push(value);
      }
    }
  }
  return references;
}

/** `lib.matches` under an import of the library. */
function noteLibrary(terms: readonly unknown[], { libraryWords }: Names, references: References): void {
  const [head] = terms;
  const [name] = staticPath(terms);
  if (!isJsonObject(head) || head.type !== 'var' || !libraryWords.includes(String(head.value)) || name === undefined) return;
  references.library.push({ name, ...placeOf(head) });
}

function sortReference(terms: readonly unknown[], { packagePath }: Names, references: References): void {
  const path = staticPath(terms);
  const at = placeOf(terms[0]);
  if (packagePath.length > 0 && packagePath.every((part, index) => path[index] === part)) references.own.push(at);
  else if (libraryPath.every((part, index) => path[index] === part)) {
    const name = path[libraryPath.length];
    if (name !== undefined) references.library.push({ name, ...at });
  } else references.problems.push(foreign(['data', ...path].join('.'), at));
}

function foreign(path: string, at: Place): RuleProblem {
  return {
    reason: 'ForeignReference',
    message: `${path} is not there`,
    hint: 'a rule may use data.kubexray.lib and its own package',
    ...at,
  };
}

/** `replace` with an empty second argument never ends in the WASM of OPA 1.22. */
function lintCall(terms: readonly unknown[], references: References): void {
  const [called, , old] = terms;
  if (!isJsonObject(called) || called.type !== 'ref' || !Array.isArray(called.value) || called.value.length !== 1) return;
  const [name] = called.value;
  if (!isJsonObject(name) || name.value !== 'replace' || !isJsonObject(old) || old.type !== 'string' || old.value !== '') return;
  references.problems.push({ reason: 'EndlessReplace', message: 'replace of the empty text would never end', ...placeOf(old) });
}

function isData(term: unknown): boolean {
  return isJsonObject(term) && term.type === 'var' && term.value === 'data';
}

/** The texts after `data`, up to the first that is not constant. */
function staticPath(terms: readonly unknown[]): string[] {
  const path: string[] = [];
  for (const term of terms.slice(1)) {
    if (!isJsonObject(term) || term.type !== 'string' || typeof term.value !== 'string') break;
    path.push(term.value);
  }
  return path;
}

function placeOf(node: unknown): Place {
  const location = isJsonObject(node) && isJsonObject(node.location) ? node.location : {};
  const { row, col } = location;
  return { line: typeof row === 'number' ? row : 1, column: typeof col === 'number' ? col : 1 };
}

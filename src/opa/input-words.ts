// Finds comparisons of a field of the input with a word that it never has, such as `image.state == "scaned"`: opa knows types, not words. Pure.
import { inputSchema } from '../evaluation/input-schema.ts';
import type { RuleProblem } from '../evaluation/program.ts';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { suggestion } from '../policy/closest-word.ts';

const comparisons = ['equal', 'eq', 'neq', 'assign'];

/**
 * Reads the rules of a syntax tree. A variable counts as a part of the input when everything that binds one of its name in the text
 * binds it to the same part; what cannot be followed is left alone.
 */
export function inputWordProblems(rules: readonly JsonObject[]): readonly RuleProblem[] {
  const calls = callsIn(rules);
  const variables = variablesIn(calls, boundElsewhere(rules));
  return calls.flatMap(({ name, terms }) => {
    if (!comparisons.includes(name)) return [];
    return [...mismatch(terms[0], terms[1], variables), ...mismatch(terms[1], terms[0], variables)];
  });
}

interface Call {
  readonly name: string;
  readonly terms: readonly unknown[];
}

function mismatch(field: unknown, word: unknown, variables: Variables): readonly RuleProblem[] {
  if (!isJsonObject(word) || word.type !== 'string' || typeof word.value !== 'string') return [];
  const words = schemaOf(field, variables)?.enum;
  if (!Array.isArray(words) || words.includes(word.value)) return [];
  const { value } = isJsonObject(field) ? field : {};
  const last: unknown = Array.isArray(value) ? value.at(-1) : undefined;
  const name = isJsonObject(last) ? String(last.value) : 'it';
  const hint = suggestion(word.value, words.map(String), 'there is');
  const { row, col } = isJsonObject(word.location) ? word.location : {};
  return [
    {
      ...{ reason: 'UnknownWord', message: `${name} is never ${JSON.stringify(word.value)}`, ...(hint === undefined ? {} : { hint }) },
      ...(typeof row === 'number' ? { line: row, ...(typeof col === 'number' ? { column: col } : {}) } : {}),
    },
  ];
}

type Variables = ReadonlyMap<string, JsonObject>;

const root = inputSchema({});

/** Returns the part of the schema that a term refers to. */
function schemaOf(term: unknown, variables: Variables): JsonObject | undefined {
  if (!isJsonObject(term)) return undefined;
  if (term.type === 'var') return term.value === 'input' ? root : variables.get(String(term.value));
  if (term.type !== 'ref' || !Array.isArray(term.value)) return undefined;
  const [head, ...steps] = term.value;
  return steps.reduce((schema: JsonObject | undefined, step: unknown) => inside(schema, step), schemaOf(head, variables));
}

function inside(schema: JsonObject | undefined, step: unknown): JsonObject | undefined {
  if (schema === undefined || !isJsonObject(step)) return undefined;
  if (schema.type === 'array') return isJsonObject(schema.items) ? schema.items : undefined;
  const field = isJsonObject(schema.properties) && step.type === 'string' ? schema.properties[String(step.value)] : undefined;
  return isJsonObject(field) ? field : undefined;
}

/** `some x in …`, `every x in …` and `x := …`, followed until nothing new is learnt. */
function variablesIn(calls: readonly Call[], excluded: ReadonlySet<string>): Variables {
  const bindings = calls.flatMap(bindingOf).filter(({ name }) => !excluded.has(name));
  let known: Variables = new Map();
  // As deep as the document: images, issues, components, texts.
  for (let depth = 0; depth < 5; depth += 1) {
    const next = new Map<string, JsonObject>();
    for (const { name, term, isElement } of bindings) {
      const schema = schemaOf(term, known);
      const bound = isElement ? inside(schema, { type: 'var' }) : schema;
      if (bound !== undefined) next.set(name, bound);
    }
    known = next;
  }
  // Two of one name that mean different things, or of which one is something else, are both left alone.
  const conflicting = bindings.filter(({ name, term, isElement }) => {
    const schema = schemaOf(term, known);
    return (isElement ? inside(schema, { type: 'var' }) : schema) !== known.get(name);
  });
  return new Map([...known].filter(([name]) => !conflicting.some((binding) => binding.name === name)));
}

interface Binding {
  readonly name: string;
  readonly term: unknown;
  /** It is an element of the term, not the term. */
  readonly isElement: boolean;
}

function bindingOf({ name, terms }: Call): readonly Binding[] {
  const isElement = name !== 'assign';
  if (!['assign', 'some', 'every'].includes(name)) return [];
  const variable = terms.at(-2);
  if (!isJsonObject(variable) || variable.type !== 'var') return [];
  return [{ name: String(variable.value), term: terms.at(-1), isElement }];
}

/** Arguments of functions are whatever the caller gives. */
function boundElsewhere(rules: readonly JsonObject[]): ReadonlySet<string> {
  const names = new Set<string>();
  walk(rules, (node) => {
    if (!isJsonObject(node) || !isJsonObject(node.head) || !Array.isArray(node.head.args)) return;
    walk(node.head.args, (term) => {
      if (isJsonObject(term) && term.type === 'var') names.add(String(term.value));
    });
  });
  return names;
}

function callsIn(rules: readonly JsonObject[]): readonly Call[] {
  const calls: Call[] = [];
  walk(rules, (node) => {
    if (Array.isArray(node)) {
      const name = operatorOf(node[0]);
      if (name !== undefined) calls.push({ name, terms: node.slice(1) });
    } else if (isJsonObject(node) && Array.isArray(node.symbols)) {
      for (const symbol of node.symbols)
        if (isJsonObject(symbol) && Array.isArray(symbol.value)) calls.push({ name: 'some', terms: symbol.value.slice(1) });
    } else if (isJsonObject(node) && isJsonObject(node.domain)) {
      calls.push({ name: 'every', terms: [node.value, node.domain] });
    }
  });
  return calls;
}

function operatorOf(term: unknown): string | undefined {
  if (!isJsonObject(term) || term.type !== 'ref' || !Array.isArray(term.value) || term.value.length !== 1) return undefined;
  const [name] = term.value;
  return isJsonObject(name) && typeof name.value === 'string' ? name.value : undefined;
}

/** Without recursion: how deep the tree is, the author decides. */
function walk(tree: unknown, visit: (node: unknown) => void): void {
  const pending: unknown[] = [tree];
  while (pending.length > 0) {
    const node = pending.pop();
    visit(node);
    if (Array.isArray(node)) for (const element of node) pending.push(element);
    else if (isJsonObject(node)) for (const [key, value] of Object.entries(node)) if (key !== 'location') pending.push(value);
  }
}

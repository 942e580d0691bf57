// Reads the text of a file of cases, and says with its line what in it is not a case. Pure.
import { Ajv, type ErrorObject } from 'ajv';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { pathOfPointer, pathText } from '../facts/json-path.ts';
import { suggestion } from '../policy/closest-word.ts';
import type { FileProblem, Place, PlacedCase, RuleCase } from './rule-case.ts';

export interface ParsedCases {
  readonly cases: readonly PlacedCase[];
  readonly problems: readonly FileProblem[];
}

const text = { type: 'string', minLength: 1 };
const closed = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  ...{ type: 'object', additionalProperties: false, properties, required },
});
const caseSchema = closed(
  {
    name: text,
    note: { type: 'string' },
    parameters: { type: 'object' },
    input: { type: 'object' },
    recorded: closed({ snapshot: text, workload: { type: 'string', pattern: '^[^/]+/[^/]+/[^/]+$' } }, ['snapshot', 'workload']),
    want: closed(
      {
        verdict: { enum: ['passed', 'violated', 'undecided'] },
        violations: {
          type: 'array',
          // What the engine keeps of a violation; more cannot be compared.
          items: closed({ msg: text, image: text, issue: text, license: text, component: text, severity: text }),
        },
        undecided: { type: 'array', items: text },
      },
      ['verdict'],
    ),
  },
  ['name', 'want'],
);
const isCase = new Ajv({ strict: false, allErrors: true, verbose: true }).compile(caseSchema);

/** Returns the cases of a file in their order, and every problem with its line. A case with a problem is left out. */
export function parseCases(yaml: string, file: string): ParsedCases {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const problems: FileProblem[] = [];
  // What follows is mostly of its making.
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return { cases: [], problems: [{ file, line, column: col, message: error.message }] };
  }
  const list: unknown = document.toJS();
  if (list === null) return { cases: [], problems };
  if (!Array.isArray(list)) return { cases: [], problems: [{ file, line: 1, message: 'it must be a list of cases: `- name: …`' }] };
  const placeOf = (path: readonly (string | number)[]): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = nodeAt(document, path.slice(0, length));
      if (node !== undefined) return { file, line: lines.linePos(node).line };
    }
    return { file, line: 1 };
  };
  const cases: PlacedCase[] = [];
  const names = new Set<unknown>();
  for (const [index, given] of list.entries()) {
    const placeIn = (path: readonly (string | number)[]): Place => placeOf([index, ...path]);
    const found = problemsOf(given, placeIn);
    const isTwice = isJsonObject(given) && names.has(given.name);
    if (isJsonObject(given)) names.add(given.name);
    if (isTwice) problems.push({ ...placeIn(['name']), message: `${JSON.stringify(given.name)} is the name of an earlier case` });
    problems.push(...found);
    // Guaranteed by the schema that it was just checked against.
    if (found.length === 0 && !isTwice) cases.push({ ruleCase: given as RuleCase, place: placeIn([]), placeOf: placeIn });
  }
  return { cases, problems };
}

/** The offset of what stands at a path: of the key where there is one, so that the line is the one to change. */
function nodeAt(document: ReturnType<typeof parseDocument>, path: readonly (string | number)[]): number | undefined {
  const last = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (typeof last === 'string' && isNode(parent) && 'items' in parent) {
    for (const item of parent.items) {
      const key = isJsonObject(item) && 'key' in item ? item.key : undefined;
      if (isNode(key) && 'value' in key && key.value === last && key.range != null) return key.range[0];
    }
    return undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) && node.range != null ? node.range[0] : undefined;
}

function problemsOf(given: unknown, placeOf: PlacedCase['placeOf']): readonly FileProblem[] {
  if (!isCase(given)) {
    return (isCase.errors ?? []).map((error) => {
      const { path, message } = describeError(error);
      return { ...placeOf(path), message };
    });
  }
  // Guaranteed by the schema.
  const { input, recorded } = given as RuleCase;
  if ((input === undefined) === (recorded === undefined))
    return [{ ...placeOf([]), message: 'give exactly one of `input` and `recorded`' }];
  if (input !== undefined && 'parameters' in input)
    return [{ ...placeOf(['input', 'parameters']), message: '`parameters` stand beside `input`, not in it' }];
  return [];
}

/** Returns what an error of ajv (with `verbose`) says, and the path of the part that must change. */
export function describeError(error: ErrorObject): { readonly path: readonly (string | number)[]; readonly message: string } {
  const path = pathOfPointer(error.instancePath);
  const where = path.length === 0 ? '' : `${pathText(path)} `;
  // The parameters of ajv's errors depend on the keyword; each is read as what it may be.
  const details: JsonObject = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(details.additionalProperty);
      const schema: unknown = error.parentSchema;
      const known = isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
      const hint = suggestion(name, known, 'there is');
      return {
        path: [...path, name],
        message: `${pathText([...path, name])} is not a known field${hint === undefined ? '' : ` (${hint})`}`,
      };
    }
    case 'required':
      return { path, message: `${pathText([...path, String(details.missingProperty)])} is missing` };
    case 'enum':
      return { path, message: `${where}must be one of ${[details.allowedValues].flat().join(', ')}` };
    case 'pattern':
      return { path, message: `${where}must be Kind/namespace/name` };
    case 'minLength':
      return { path, message: `${where}must not be empty` };
    case 'anyOf':
      return { path, message: `${where}is of another type` };
    default:
      return { path, message: `${where}${error.message ?? 'is wrong'}` };
  }
}

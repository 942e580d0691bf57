// Parameters of rules: checks them against a rule's schema and fills in defaults; says which names an inline rule may use. Pure.
import { Ajv, type ErrorObject } from 'ajv';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import { closestWord, suggestion } from './closest-word.ts';
import { parseDurationMs } from './duration.ts';
import type { ReadsViolations } from './library.ts';
import type { PolicyProblem } from './policy.ts';

export type CheckedParameters = { readonly parameters: JsonObject } | { readonly problems: readonly PolicyProblem[] };

/** Where the parameters come from: whose they are, and where in the policy they stand. */
export interface ParametersOrigin {
  /** The library rule, as it is called in messages. */
  readonly rule: string;
  /** Such as `spec.rules[2].parameters`; problems have paths below it. */
  readonly path: string;
}

/** Checks parameters against a library rule's schema. Returns a copy with all defaults filled in, or every problem. */
export function checkParameters(given: JsonObject, schema: JsonObject, origin: ParametersOrigin): CheckedParameters {
  const parameters = structuredClone(given);
  const validate = ajv().compile<JsonObject>(schema);
  if (validate(parameters)) return { parameters };
  return { problems: (validate.errors ?? []).map((error) => problemOf(error, schema, origin)) };
}

/**
 * The path begins at the schema. It must be valid, closed, and give every parameter a default, so that a rule never meets an absent one.
 */
function schemaProblem(schema: JsonObject): PolicyProblem | undefined {
  if (schema.type !== 'object' || schema.additionalProperties !== false)
    return { path: '', message: '`type: object` and `additionalProperties: false` are needed' };
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const open = Object.entries(properties).find(([, property]) => !isJsonObject(property) || !('default' in property));
  if (open !== undefined) return { path: `.properties.${open[0]}`, message: `the parameter ${open[0]} has no default`, isName: true };
  try {
    const defaults: JsonObject = {};
    const validate = ajv().compile(schema);
    if (validate(defaults)) return undefined;
    const name = /^\/([^/]+)/.exec(validate.errors?.[0]?.instancePath ?? '')?.[1];
    const path = name === undefined ? '' : `.properties.${name}`;
    return { path, message: `the defaults do not fit: ${ajv().errorsText(validate.errors)}`, isName: true };
  } catch (thrown) {
    return { path: '', message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** Returns a schema that has exactly the keys and types of these parameters: what an inline rule may refer to. */
export function inferSchema(parameters: JsonObject): JsonObject {
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, schemaOf(value)]));
  return { type: 'object', additionalProperties: false, properties };
}

function schemaOf(value: unknown): JsonObject {
  if (isJsonObject(value)) return inferSchema(value);
  if (Array.isArray(value)) return value.length === 0 ? { type: 'array' } : { type: 'array', items: commonSchema(value.map(schemaOf)) };
  if (value === null) return { type: 'null' };
  return { type: typeof value };
}

/** Elements of several types can be any of them. */
function commonSchema(schemas: readonly JsonObject[]): JsonObject {
  const [first = {}, ...rest] = new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values();
  return rest.length === 0 ? first : { anyOf: [first, ...rest] };
}

/** What `rule.yaml` says. */
export interface RuleDescription {
  readonly title: string;
  readonly parametersSchema: JsonObject;
  readonly readsViolations?: ReadsViolations;
}

/** Reads the description of a rule: a title, and a closed schema in which every parameter has a default. Otherwise every problem. */
export function parseRuleDescription(
  value: unknown,
): { readonly description: RuleDescription } | { readonly problems: readonly PolicyProblem[] } {
  if (!isJsonObject(value)) return { problems: [{ path: '', message: 'must be an object with title and parameters' }] };
  const { title, parameters } = value;
  const untitled = typeof title === 'string' ? [] : [{ path: 'title', message: 'must be a text' }];
  if (!isJsonObject(parameters))
    return { problems: [...untitled, { path: 'parameters', message: 'must be a JSON schema of the parameters' }] };
  const problem = schemaProblem(parameters);
  if (problem !== undefined) return { problems: [...untitled, { ...problem, path: `parameters${problem.path}` }] };
  const reads = parseReadsViolations(value.readsViolations, parameters);
  const problems = [...untitled, ...('problems' in reads ? reads.problems : [])];
  if (typeof title !== 'string' || 'problems' in reads) return { problems };
  return { description: { title, parametersSchema: parameters, ...reads } };
}

type ParsedReads = { readonly readsViolations?: ReadsViolations } | { readonly problems: readonly PolicyProblem[] };

/** A misspelt name or value would make a rule look as if it never read violations. */
function parseReadsViolations(given: unknown, schema: JsonObject): ParsedReads {
  const path = 'readsViolations';
  if (given === undefined) return {};
  if (typeof given === 'boolean') return { readsViolations: given };
  if (!isJsonObject(given)) return { problems: [{ path, message: 'must be true, false, or an object of parameters with their values' }] };
  const checked = checkParameters(given, schema, { rule: 'the rule', path });
  return 'problems' in checked ? checked : { readsViolations: given };
}

function ajv(): Ajv {
  return new Ajv({
    strict: false,
    useDefaults: true,
    allErrors: true,
    verbose: true,
    formats: { duration: (text: string) => parseDurationMs(text) !== undefined },
  });
}

function problemOf(error: ErrorObject, schema: JsonObject, origin: ParametersOrigin): PolicyProblem {
  const path = origin.path + pathOf(error.instancePath);
  // The parameters of ajv's errors depend on the keyword; each is read as what it may be.
  const details: JsonObject = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(details.additionalProperty);
      const known = isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
      if (error.instancePath !== '') return { path: `${path}.${name}`, message: 'is not known here', isName: true };
      const hint = suggestion(name, known, 'it has') ?? 'it has none';
      return { path: `${path}.${name}`, message: `is not a parameter of ${origin.rule}`, hint, isName: true };
    }
    case 'enum': {
      const allowed = Array.isArray(details.allowedValues) ? details.allowedValues.map(String) : [];
      const closest = closestWord(String(error.data), allowed);
      const hint = closest === undefined ? {} : { hint: `did you mean \`${closest}\`?` };
      return { path, message: `must be one of ${allowed.join(', ')}`, ...hint };
    }
    case 'format':
      return { path, message: details.format === 'duration' ? 'must be a duration such as 30m or 1h30m' : (error.message ?? 'is wrong') };
    default:
      return { path, message: error.message ?? 'is wrong' };
  }
}

/** Turns a JSON pointer into the way people write paths: `/a/0` is `.a[0]`. */
function pathOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`)).join('');
}

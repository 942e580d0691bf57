// Makes the page about the resource KubeXrayPolicy from its CRD. Reads files of this repository.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { code, fence, page, table } from './markdown.ts';
import { descriptionOf, fieldsOf, objectIn, type SchemaField, typeOf, wordsOf } from './schema-fields.ts';

/** Returns `kubexraypolicy.md`. */
export function policyPage(): string {
  const { group, scope, names, version } = readCrd();
  const schema = member(member(version, 'schema'), 'openAPIV3Schema');
  const properties = member(schema, 'properties');
  return page('KubeXrayPolicy', '`crds/kubexraypolicies.yaml`', [
    descriptionOf(schema),
    `Group and version \`${group}/${version.name}\`, ${scope.toLowerCase()}-scoped. kubectl knows it as ${names.map(code).join(', ')}. \`kubectl explain kxp.spec\` says the same as this page.`,
    '## What kubectl shows',
    'Columns of `kubectl get kxp`; those marked wide come with `-o wide`.',
    table(['Column', 'Shown', 'From', 'Meaning'], columnsOf(version)),
    ...sections('spec', member(properties, 'spec')),
    '## Conditions',
    conditionsTable(descriptionOf(member(member(member(properties, 'status'), 'properties'), 'conditions'))),
    'Wait for a policy to be in force:',
    fence('sh', 'kubectl wait --for=condition=Ready kxp/production'),
    ...sections('status', member(properties, 'status')),
  ]);
}

interface Crd {
  readonly group: string;
  readonly scope: string;
  readonly names: readonly string[];
  readonly version: JsonObject;
}

function readCrd(): Crd {
  const crd: unknown = parse(readFileSync(new URL('../../crds/kubexraypolicies.yaml', import.meta.url), 'utf8'));
  const spec = member(isJsonObject(crd) ? crd : {}, 'spec');
  const names = member(spec, 'names');
  const [version] = array(spec.versions);
  return {
    group: String(spec.group),
    scope: String(spec.scope),
    names: [names.plural, names.singular, ...array(names.shortNames)].map(String),
    version: isJsonObject(version) ? version : {},
  };
}

function columnsOf(version: JsonObject): readonly (readonly string[])[] {
  return array(version.additionalPrinterColumns)
    .filter(isJsonObject)
    .map((column) => [String(column.name), column.priority === 1 ? 'wide' : '', code(String(column.jsonPath)), descriptionOf(column)]);
}

/** The description names each condition, with what it says in brackets. */
function conditionsTable(description: string): string {
  const rows = [...description.matchAll(/([A-Z][A-Za-z]+) \(([^)]*)\)/g)].map(([, name = '', text = '']) => [code(name), text]);
  return rows.length === 0 ? description : table(['Condition', 'True when'], rows);
}

function sections(path: string, schema: JsonObject): readonly string[] {
  const fields = fieldsOf(schema);
  const rows = fields.map((field) => [code(field.name), type(field), meaning(field)]);
  const below = fields.flatMap(({ name, schema: inner }) => {
    const found = objectIn(inner);
    return found === undefined ? [] : sections(`${path}.${name}${found.suffix}`, found.schema);
  });
  const demands = demandsOn(schema);
  return [
    `## ${path}`,
    ...[descriptionOf(schema)].filter((text) => text !== ''),
    table(['Field', 'Type', 'Meaning'], rows),
    ...(demands.length === 0 ? [] : [`The API server demands: ${demands.join('; ')}.`]),
    ...below,
  ];
}

function type({ schema, isRequired }: SchemaField): string {
  const words = wordsOf(schema);
  const what = words.length === 0 ? typeOf(schema) : `${schema.type === 'array' ? 'list of ' : ''}${words.map(code).join(', ')}`;
  return isRequired ? `${what}, required` : what;
}

/** The description, then the default and the bounds that the API server holds it to. */
function meaning({ schema }: SchemaField): string {
  const isObject = objectIn(schema)?.suffix === '';
  const fallback = schema.default === undefined || isObject ? [] : [`Default ${code(JSON.stringify(schema.default).replaceAll('"', ''))}.`];
  const bounds = [...boundsOf(schema), ...(isObject ? [] : demandsOn(schema))];
  const sentence = bounds.length === 0 ? [] : [`${bounds.join('; ').replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`];
  return [descriptionOf(schema), ...fallback, ...sentence].filter((text) => text !== '').join(' ');
}

function boundsOf(schema: JsonObject): readonly string[] {
  const items = isJsonObject(schema.items) ? schema.items : {};
  return [
    ...range(schema.minItems, schema.maxItems, 'entries'),
    ...range(undefined, schema.maxProperties, 'entries'),
    ...range(undefined, schema.maxLength, 'characters'),
    ...range(undefined, items.maxLength, 'characters each'),
    ...patternOf(schema, ''),
    ...patternOf(items, 'each '),
  ];
}

/** A duration is a type of its own here, which the page explains by its name. */
function patternOf(schema: JsonObject, who: string): readonly string[] {
  return typeof schema.pattern === 'string' && typeOf(schema) !== 'duration' ? [`${who}matching ${code(schema.pattern)}`] : [];
}

function range(min: unknown, max: unknown, unit: string): readonly string[] {
  if (max === undefined) return min === undefined ? [] : [`at least ${min} ${unit}`];
  return [min === undefined ? `at most ${max} ${unit}` : `${min} to ${max} ${unit}`];
}

/** What the rules of the CRD in CEL demand, in their own words. */
function demandsOn(schema: JsonObject): readonly string[] {
  const own = array(schema['x-kubernetes-validations']);
  return own.filter(isJsonObject).map((rule) => String(rule.message));
}

function member(value: JsonObject, key: string): JsonObject {
  const found = value[key];
  if (!isJsonObject(found)) throw new Error(`read the CRD: there is no ${key}`);
  return found;
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

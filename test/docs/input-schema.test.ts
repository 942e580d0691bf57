// The published schema of the input document against documents: the sample, the golden one, and those of all cases.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import { sampleDocument } from '../../src/opa/sample-document.ts';
import { documentOf, readCases } from '../policies/rule-case.ts';

const root = new URL('../../', import.meta.url);

async function jsonOf(file: string): Promise<JsonObject> {
  const value: unknown = JSON.parse(await readFile(new URL(file, root), 'utf8'));
  if (!isJsonObject(value)) throw new Error(`${file} is not an object`);
  return value;
}

const schema = await jsonOf('docs/reference/input.schema.json');
// Strict: a keyword that nobody knows is an error. A number or null is meant to be of two types.
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

/** What is wrong with a document, each as its place and what is said of it. */
function problems(document: unknown): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

test('it says what it is', (t) => {
  t.like(schema, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://kubexray.io/schemas/input/v1',
    title: 'Input document of a KubeXray rule (kubexray.io/v1)',
  });
});

test('the sample document on which every rule is tried fits', (t) => {
  t.deepEqual(problems(JSON.parse(sampleDocument)), []);
});

test('the sample document has every field that there is', (t) => {
  t.deepEqual(missing(schema, [JSON.parse(sampleDocument)], 'input'), []);
});

test('the golden document fits', async (t) => {
  t.deepEqual(problems(await jsonOf('test/golden/input-document.json')), []);
});

for (const folder of ['policies', 'examples']) {
  test(`the documents of all cases in ${folder} fit`, async (t) => {
    const entries = await readdir(new URL(`${folder}/`, root), { withFileTypes: true });
    const rules = entries.filter((entry) => entry.isDirectory()).map(({ name }) => fileURLToPath(new URL(`${folder}/${name}`, root)));
    const cases = (await Promise.all(rules.map(readCases))).flat();
    t.true(cases.length > 20);
    for (const { name, input } of cases) t.deepEqual(problems(documentOf(input)), [], name);
  });
}

test('the parameters are open', (t) => {
  t.deepEqual(problems(documentOf({ parameters: { anything: [1] } })), []);
});

test('a field that does not exist, is missing or has the wrong type does not fit', (t) => {
  t.deepEqual(problems({ ...documentOf({}), image: [] }), [' must NOT have additional properties']);
  const { images: _, ...imageless } = documentOf({});
  t.deepEqual(problems(imageless), [" must have required property 'images'"]);
  t.deepEqual(problems(documentOf({ images: [{ issues: [{ severity: 'High' }] }] })), [
    '/images/0/issues/0/severity must be equal to one of the allowed values',
  ]);
  t.deepEqual(problems(documentOf({ images: [{ operationalRisks: [{ endOfLife: 'yes' }] }] })), [
    '/images/0/operationalRisks/0/endOfLife must be boolean',
  ]);
});

/** The fields of objects, and the entries of lists, that none of the values has. */
function missing(part: JsonObject, values: readonly unknown[], path: string): readonly string[] {
  if (values.length === 0) return [path];
  const items = part.items;
  if (isJsonObject(items)) return missing(items, values.flat(), `${path}[]`);
  return Object.entries(isJsonObject(part.properties) ? part.properties : {}).flatMap(([name, inner]) => {
    const found = values.flatMap((value) => (isJsonObject(value) && name in value ? [value[name]] : []));
    return isJsonObject(inner) ? missing(inner, found, `${path}.${name}`) : [];
  });
}

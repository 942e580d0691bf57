// Makes the published schema of the input document and the page about it; pure.
import { inputSchema } from '../../src/evaluation/input-schema.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { sampleDocument } from '../../src/opa/sample-document.ts';
import { code, fence, jsonText, page, table } from './markdown.ts';
import { descriptionOf, fieldsOf, objectIn, type SchemaField, typeOf, wordsOf } from './schema-fields.ts';

/** Returns the schema as it is published: of any rule's document, so `parameters` is open. Draft 2020-12. */
export function publishedInputSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://kubexray.io/schemas/input/v1',
    title: 'Input document of a KubeXray rule (kubexray.io/v1)',
    description: 'What a rule reads as `input`: one workload, what is known of its images, and the parameters of the rule.',
    ...inputSchema({ type: 'object', description: 'The parameters of the rule, with defaults filled in. Empty in a recorded document.' }),
  };
}

/** Returns `input.schema.json`. */
export function inputSchemaFile(): string {
  return `${jsonText(publishedInputSchema())}\n`;
}

/** Returns `input.md`. */
export function inputPage(): string {
  return page('The input document', '`src/evaluation/input-schema.ts`', [
    'A rule reads one workload and its images as `input`. The version of this document is `kubexray.io/v1`.',
    'Its JSON schema is [input.schema.json](input.schema.json). A rule is checked against it when its policy is applied, so a misspelt field is found then.',
    readingNotes,
    ...sections('input', publishedInputSchema()),
    '## A whole document',
    'One image in each state. The parameters are empty here; each rule gets its own.',
    fence('json', jsonText(JSON.parse(sampleDocument))),
  ]);
}

const readingNotes = [
  '- Every field is always there, but for those that say otherwise. Text that is not known is empty.',
  '- Severities, risks and states are in lower case, whatever Xray wrote. `data.kubexray.lib.at_least` compares severities.',
  '- Times are text, RFC 3339 in UTC. `data.kubexray.lib.older_than` compares them with a duration.',
  '- What is in an image is known only in the state `scanned`. In every other state `issues`, `licenses` and `operationalRisks` are empty, which does not mean that there are none: name such images in `undecided`.',
  '- Lists are sorted and hold each thing once.',
].join('\n');

function sections(path: string, schema: JsonObject): readonly string[] {
  const fields = fieldsOf(schema);
  const rows = fields.map((field) => [code(field.name), type(field.schema), meaning(field)]);
  const below = fields.flatMap(({ name, schema: inner }) => {
    const found = objectIn(inner);
    return found === undefined ? [] : sections(`${path}.${name}${found.suffix}`, found.schema);
  });
  return [`## ${path}`, table(['Field', 'Type', 'Meaning'], rows), ...below];
}

function type(schema: JsonObject): string {
  const words = wordsOf(schema);
  return words.length === 0 ? typeOf(schema) : words.map(code).join(', ');
}

function meaning({ schema, isRequired }: SchemaField): string {
  return `${descriptionOf(schema)}${isRequired ? '' : ' May be absent.'}`;
}

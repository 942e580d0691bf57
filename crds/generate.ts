// Makes the TypeScript types and the schema of KubeXrayPolicy from the CRD: `npm run generate`. Reads and writes files of this repository.
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

type Node = { [key: string]: unknown };

const crdFile = new URL('./kubexraypolicies.yaml', import.meta.url);
const banner = '// Generated from crds/kubexraypolicies.yaml by `npm run generate`; do not edit.\n';

/** Returns the two generated files by their path relative to the repository. Reads the CRD; writes nothing. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const schema = crdSchema();
  const types = await compile(adapted(structuredClone(schema)), 'KubeXrayPolicy', {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    style: { singleQuote: true },
    cwd: import.meta.dirname,
  });
  const meta = "import type { ObjectMeta } from './object-meta.ts';\n\n";
  return new Map([
    ['src/policy/kubexraypolicy.generated.ts', banner + meta + types],
    [
      'src/policy/kubexraypolicy-schema.generated.ts',
      `${banner}/** The CRD's OpenAPI schema of KubeXrayPolicy v1alpha1. */\nexport const kubexraypolicySchema = ${JSON.stringify(schema, null, 2)};\n`,
    ],
  ]);
}

function crdSchema(): Node {
  // Guaranteed by the CRD file, which the API server accepts in the end-to-end tests.
  const crd = parse(readFileSync(crdFile, 'utf8')) as { spec: { versions: [{ schema: { openAPIV3Schema: Node } }] } };
  return crd.spec.versions[0].schema.openAPIV3Schema;
}

/** Replaces what json-schema-to-typescript gets wrong in a structural schema. */
function adapted(schema: Node): Node {
  const properties = schema.properties as Node; // the CRD's own shape
  properties.apiVersion = { type: 'string', enum: ['kubexray.io/v1alpha1'] };
  properties.kind = { type: 'string', enum: ['KubeXrayPolicy'] };
  properties.metadata = { tsType: 'ObjectMeta' };
  schema.required = ['apiVersion', 'kind', 'metadata', 'spec'];
  nameTypes(schema, new Set());
  return schema;
}

/** Free objects become records, and objects of equal title one type. */
function nameTypes(node: unknown, seen: Set<unknown>): void {
  if (typeof node !== 'object' || node === null) return;
  const object = node as Node; // not null: any object can be read by key
  if (object['x-kubernetes-preserve-unknown-fields'] === true) object.tsType = 'Record<string, unknown>';
  if (object.title !== undefined && seen.has(object.title)) {
    object.tsType = object.title;
    delete object.title;
  }
  if (object.title !== undefined) seen.add(object.title);
  for (const child of Object.values(object)) nameTypes(child, seen);
}

if (import.meta.main) {
  for (const [file, text] of await generated()) writeFileSync(new URL(`../${file}`, import.meta.url), text);
}

// The JSON schema of the input document (kubexray.io/v1): what the compiler checks a rule's references against. Pure.
import type { JsonObject } from '../facts/json.ts';

const text = (description: string): JsonObject => ({ type: 'string', description });
const time = (description: string): JsonObject => text(`${description} RFC 3339, UTC.`);
const oneOf = (values: readonly string[], description: string): JsonObject => ({ type: 'string', enum: values, description });
const count = (description: string): JsonObject => ({ type: 'integer', minimum: 0, description });
const flag = (description: string): JsonObject => ({ type: 'boolean', description });
const list = (items: JsonObject, description: string): JsonObject => ({ type: 'array', items, description });
const texts = (description: string): JsonObject => list({ type: 'string' }, description);
const map = (description: string): JsonObject => ({ type: 'object', additionalProperties: { type: 'string' }, description });

/** An object that has exactly these fields: closed, because only then a misspelt field is found. */
function closed(properties: Readonly<Record<string, JsonObject>>, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const severities = ['critical', 'high', 'medium', 'low', 'information', 'unknown'] as const;

const workload = closed({
  apiVersion: text('apps/v1, batch/v1, …'),
  kind: text('Deployment, StatefulSet, …'),
  namespace: text('Its namespace.'),
  name: text('Its name.'),
  uid: text('metadata.uid.'),
  labels: map('metadata.labels.'),
  annotations: map('metadata.annotations.'),
  namespaceLabels: map('Labels of its namespace.'),
  ownedBy: list(
    closed({ apiVersion: text('Of the owner.'), kind: text('Of the owner.'), name: text('Of the owner.'), uid: text('Of the owner.') }),
    'Owners above the workload, such as a custom resource that created it.',
  ),
  replicas: count('Replicas wanted.'),
  pods: count('Pods that exist: neither ended nor being deleted.'),
});

const component = closed({
  id: text('As Xray names it: npm://moment, deb://debian:bookworm:openssl, …'),
  version: text('Empty when Xray gives none.'),
  fixedVersions: texts('Empty when no fix is known.'),
});

const issue = closed({
  id: text('XRAY-n.'),
  cves: texts('Empty when it has none.'),
  severity: oneOf(severities, 'In lower case; `unknown` is what Xray says when it does not know.'),
  // Not `type: [number, "null"]`: of several types the compiler sees one only.
  cvss: { anyOf: [{ type: 'number' }, { type: 'null' }], description: 'Base score, version 3 before 2; null when there is none.' },
  applicability: text('Contextual analysis: applicable, not_applicable, undetermined, …; empty when there was none.'),
  malicious: flag('The component itself is malicious.'),
  components: list(component, 'Where it was found.'),
});

const license = closed({
  name: text('As Xray names it, SPDX where it can; `Unknown` when it cannot tell.'),
  components: texts('What is under it.'),
});

const image = closed(
  {
    ref: text('As the pod gives it.'),
    registry: text('Its registry, docker.io where none is given.'),
    repository: text('Without registry, tag and digest.'),
    tag: text('Empty when only a digest is given.'),
    digest: text('sha256:…; empty when it is not known.'),
    digestKind: oneOf(['manifest', 'unchecked'], '`unchecked`: it may be the digest of a multi-platform index, which Xray does not know.'),
    containers: list(
      closed({ name: text('Of the container.'), type: oneOf(['container', 'init', 'ephemeral'], 'Its kind.') }),
      'Who runs it.',
    ),
    pods: count('Pods that run it.'),
    current: flag('The newest revision of the workload uses it.'),
    firstSeenAt: time('Oldest creation among the pods and revisions that name it.'),
    state: oneOf(
      ['scanned', 'unscanned', 'unavailable', 'unidentifiable'],
      'What Xray knows; `issues` and `licenses` mean something for `scanned` alone.',
    ),
    scannedAt: time('When Xray gave what stands here; absent unless scanned.'),
    stale: flag('The last attempt to renew what is known did not succeed.'),
    issues: list(issue, 'Known vulnerabilities.'),
    licenses: list(license, 'Licenses found.'),
  },
  ['scannedAt'],
);

/** Returns the schema of the document as a rule with these parameters sees it (draft 2020-12, only what OPA reads of it). */
export function inputSchema(parametersSchema: JsonObject): JsonObject {
  return closed({
    apiVersion: oneOf(['kubexray.io/v1'], 'The version of this document.'),
    now: time('The moment of the evaluation.'),
    workload,
    images: list(image, 'One for each reference and digest that the pods run.'),
    parameters: parametersSchema,
  });
}

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
  apiVersion: text('Such as apps/v1 or batch/v1.'),
  kind: text('Such as Deployment or StatefulSet.'),
  namespace: text('Its namespace.'),
  name: text('Its name.'),
  uid: text('Its metadata.uid.'),
  labels: map('Its own labels, not those of its pods.'),
  annotations: map('Its own annotations.'),
  namespaceLabels: map('Labels of its namespace.'),
  ownedBy: list(
    closed({ apiVersion: text('Of the owner.'), kind: text('Of the owner.'), name: text('Of the owner.'), uid: text('Of the owner.') }),
    'Owners above the workload, such as a custom resource that created it.',
  ),
  replicas: count('Replicas wanted.'),
  pods: count('Pods that exist: neither ended nor being deleted.'),
});

const component = closed({
  id: text('As Xray names it, such as npm://moment or deb://debian:bookworm:openssl.'),
  version: text('Empty when Xray gives none.'),
  fixedVersions: texts('Empty when no fix is known.'),
});

const issue = closed({
  id: text('Such as XRAY-191477.'),
  cves: texts('Empty when it has none.'),
  severity: oneOf(severities, 'In lower case; `unknown` is what Xray says when it does not know.'),
  // Not `type: [number, "null"]`: of several types the compiler sees one only.
  cvss: { anyOf: [{ type: 'number' }, { type: 'null' }], description: 'Base score, version 3 before 2; null when there is none.' },
  applicability: text(
    'What contextual analysis found: applicable, not_applicable, undetermined or another word of Xray; empty when there was none.',
  ),
  malicious: flag('The component itself is malicious.'),
  publishedAt: text('When Xray published it, RFC 3339, UTC; empty when Xray gives no time.'),
  components: list(component, 'Where it was found.'),
});

const license = closed({
  name: text('As Xray names it, SPDX where it can; `Unknown` when it cannot tell.'),
  components: texts('What is under it.'),
});

const operationalRisk = closed({
  component: text('As Xray names it.'),
  risk: oneOf(['high', 'medium', 'low', 'none', 'unknown'], 'In lower case; `unknown` when Xray gives none or another word.'),
  reason: text('Why, in the words of Xray; empty when it gives none.'),
  endOfLife: flag('Its makers no longer mend it; false also where Xray does not say.'),
  latestVersion: text('The newest version there is; empty when Xray gives none.'),
});

const violation = closed({
  type: text('What kind of policy of Xray is broken: security, license or operational_risk.'),
  severity: oneOf(severities, 'In lower case, as the policy of Xray sets it.'),
  watch: text('The watch of Xray that saw it.'),
  policy: text('The policy of Xray that it breaks; empty when Xray does not say.'),
  rule: text('The rule of that policy; empty when Xray does not say.'),
  issue: text('Such as XRAY-191477, or the name of a license.'),
});

const imageFields = {
  ref: text('Its reference, as the pod gives it.'),
  registry: text('Its registry, docker.io where none is given.'),
  repository: text('Without registry, tag and digest.'),
  tag: text('Empty when only a digest is given.'),
  digest: text('sha256: and 64 hex digits; empty when it is not known.'),
  digestKind: oneOf(
    ['manifest', 'unchecked'],
    '`unchecked`: it may be the digest of a multi-platform index, of which Xray knows nothing; no registry could tell.',
  ),
  index: text('Digest of the multi-platform index that lists it, where that is what the pod or its runtime names.'),
  containers: list(
    closed({ name: text('Of the container.'), type: oneOf(['container', 'init', 'ephemeral'], 'Its kind.') }),
    'Who runs it.',
  ),
  pods: count('Pods that run it.'),
  current: flag('The newest revision of the workload uses it.'),
  firstSeenAt: time('Oldest creation among the pods and revisions that name it.'),
  state: oneOf(
    ['scanned', 'unscanned', 'unavailable', 'unidentifiable'],
    'What Xray knows; `issues`, `licenses` and `operationalRisks` mean something for `scanned` alone.',
  ),
  scannedAt: time('When Xray gave what stands here; absent unless scanned.'),
  stale: flag('The last attempt to renew what is known did not succeed.'),
  issues: list(issue, 'Known vulnerabilities.'),
  licenses: list(license, 'Licenses found.'),
  operationalRisks: list(operationalRisk, 'How well components are kept up: end of life, no releases for long.'),
  violations: list(violation, 'What the watches named by facts.watches of the policy have found, without what Xray was told to ignore.'),
};

const { violations: _violations, ...imageWithoutViolations } = imageFields;

/**
 * Returns the schema of the document as a rule with these parameters sees it (draft 2020-12, only what OPA reads of it). Without watches
 * it has neither `watches` nor violations of images: a rule that names them is mistaken.
 */
export function inputSchema(parametersSchema: JsonObject, { hasWatches = true } = {}): JsonObject {
  const image = closed(hasWatches ? imageFields : imageWithoutViolations, ['index', 'scannedAt']);
  return closed({
    apiVersion: oneOf(['kubexray.io/v1'], 'The version of this document.'),
    now: time('The moment of the evaluation.'),
    workload: { ...workload, description: 'The workload that is judged.' },
    images: list(image, 'One for each reference and digest that the pods run.'),
    ...(hasWatches ? { watches: texts('Watches of Xray that the policy names in facts.watches.') } : {}),
    parameters: parametersSchema,
  });
}

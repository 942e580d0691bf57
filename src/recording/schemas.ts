// The shapes of what recordings are written in, as JSON schemas that also fill in what may be left out. Pure.
import { isJsonObject } from '../facts/json.ts';

/** Of a closed object: every field is required but those with a default. */
function closed(properties: Readonly<Record<string, Shape>>): Shape {
  const required = Object.entries(properties).flatMap(([name, shape]) => ('default' in shape || shape.isOptional === true ? [] : [name]));
  const plain = Object.entries(properties).map(([name, { isOptional: _, ...shape }]) => [name, shape]);
  return { type: 'object', additionalProperties: false, required, properties: Object.fromEntries(plain) };
}

interface Shape {
  readonly [keyword: string]: unknown;
  readonly isOptional?: boolean;
}

const text = { type: 'string' };
const name = { type: 'string', minLength: 1 };
const textOrNone = { type: 'string', default: '' };
const count = { type: 'integer', minimum: 0, default: 0 };
const no = { type: 'boolean', default: false };
const time = { type: 'string', format: 'date-time' };
const optionalTime = { ...time, isOptional: true };
const texts = { type: 'object', additionalProperties: text, default: {} };
const listOf = (items: Shape): Shape => ({ type: 'array', items, default: [] });
const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };

const owner = closed({ apiVersion: text, kind: name, name, uid: name, controller: no });
const containerFields = { name, type: { enum: ['container', 'init', 'ephemeral'] }, image: textOrNone };
const container = closed(containerFields);
const podContainer = closed({ ...containerFields, imageID: textOrNone, statusImage: { ...text, isOptional: true } });
const requirement = closed({
  key: text,
  operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
  values: { type: 'array', items: text, isOptional: true },
});
const selector = {
  ...closed({
    matchLabels: { type: 'object', additionalProperties: text, isOptional: true },
    matchExpressions: { type: 'array', items: requirement, isOptional: true },
  }),
  isOptional: true,
};

const identity = {
  ...{ kind: name, apiVersion: name, namespace: textOrNone, name, uid: name, createdAt: time, generation: count },
  ...{ labels: texts, annotations: texts, terminating: no, owners: listOf(owner) },
};
const controller = closed({
  ...identity,
  replicas: count,
  selector,
  template: closed({ sha256: name, containers: listOf(container) }),
  status: { ...closed({ observedGeneration: count, replicas: count, updateRevision: textOrNone }), default: {} },
  ...{ rolloutStalled: no, deletesVolumesWhenScaled: no, deletesVolumesWhenDeleted: no },
});

/** By kind: one entry of `objects` of a snapshot. */
export const objectSchemas: Readonly<Record<string, object>> = {
  Pod: closed({ ...identity, phase: textOrNone, nodeName: textOrNone, containers: listOf(podContainer) }),
  ControllerRevision: closed({ ...identity, revision: count, containers: listOf(container) }),
  Namespace: closed(identity),
  Node: closed({ ...identity, os: textOrNone, architecture: textOrNone }),
  ...{ Deployment: controller, StatefulSet: controller, DaemonSet: controller },
  ...{ ReplicaSet: controller, CronJob: controller, Job: controller },
};

const severity = { enum: ['critical', 'high', 'medium', 'low', 'information', 'unknown'] };
const issueComponent = closed({ id: textOrNone, version: textOrNone, fixedVersions: listOf(text) });
const issue = closed({
  ...{ id: { type: 'string', minLength: 1, default: 'XRAY-1' }, cves: listOf(text) },
  severity: { ...severity, default: 'low' },
  cvss: { type: ['number', 'null'], minimum: 0, maximum: 10, default: null },
  ...{ applicability: textOrNone, malicious: no, publishedAt: textOrNone, components: listOf(issueComponent) },
});
const license = closed({ name, components: listOf(text) });
const operationalRisk = closed({
  component: { type: 'string', default: 'npm://thing:1.0.0' },
  risk: { enum: ['high', 'medium', 'low', 'none', 'unknown'], default: 'unknown' },
  ...{ reason: textOrNone, endOfLife: no, latestVersion: textOrNone },
});
const violationFields = {
  type: { type: 'string', minLength: 1, default: 'security' },
  severity: { ...severity, default: 'high' },
  ...{ policy: textOrNone, rule: textOrNone, issue: { type: 'string', minLength: 1, default: 'XRAY-1' } },
};
const factFields = { checkedAt: optionalTime, unchangedSince: optionalTime, stale: no, reason: textOrNone };
const content = { issues: listOf(issue), licenses: listOf(license), operationalRisks: listOf(operationalRisk) };

/** What Xray said is recorded whole: a severity that got lost must not become a low one. */
function whole({ default: _, ...shape }: Shape): Shape {
  if (isJsonObject(shape.items)) return { ...shape, items: whole(shape.items) };
  if (!isJsonObject(shape.properties)) return shape;
  const properties = Object.entries(shape.properties).map(([key, value]) => [key, isJsonObject(value) ? whole(value) : value]);
  return { ...shape, required: Object.keys(shape.properties), properties: Object.fromEntries(properties) };
}
const wholeContent = { issues: listOf(whole(issue)), licenses: listOf(whole(license)), operationalRisks: listOf(whole(operationalRisk)) };

/** One entry of `facts` of a snapshot. */
export const factSchema: object = closed({
  digest,
  state: { enum: ['scanned', 'unscanned', 'unavailable'] },
  ...factFields,
  ...wholeContent,
});

/** A file of facts that a person wrote: what belongs to an image is scanned unless it says otherwise. */
export const factsFileSchema: object = closed({
  apiVersion: { const: 'kubexray.io/v1', isOptional: true },
  kind: { const: 'Facts', isOptional: true },
  images: {
    type: 'array',
    items: closed({
      ref: { ...name, isOptional: true },
      refs: listOf(name),
      digest: { ...digest, isOptional: true },
      state: { enum: ['scanned', 'unscanned', 'unavailable'], default: 'scanned' },
      ...factFields,
      ...content,
      violations: listOf(closed({ watch: name, ...violationFields })),
    }),
  },
  // Those of which everything is said, if only that they found nothing.
  watches: listOf(name),
});

const manifest = closed({
  digest,
  platform: { ...closed({ os: textOrNone, architecture: textOrNone, variant: textOrNone }), default: {} },
  narrowed: { const: true, isOptional: true },
});

/** One entry of `identities` of a snapshot. */
export const identitySchema: object = closed({
  ...{ registry: name, repository: name, reference: name },
  kind: { enum: ['manifest', 'index', 'unknown'] },
  digest: { ...digest, isOptional: true },
  config: { ...digest, isOptional: true },
  manifests: listOf(manifest),
  reason: textOrNone,
});

/** One entry of `watches` of a snapshot. */
export const watchSchema: object = closed({
  name,
  state: { enum: ['known', 'unavailable'] },
  ...{ checkedAt: optionalTime, stale: no, reason: textOrNone },
  images: listOf(closed({ digest, violations: { type: 'array', items: whole(closed(violationFields)), minItems: 1 } })),
});

/** A snapshot without what is in its lists. */
export const snapshotSchema: object = closed({
  apiVersion: { const: 'kubexray.io/v1' },
  kind: { const: 'Snapshot' },
  takenAt: time,
  // As Kubernetes has them: a prefix of 253 characters, a slash and a name of 63. They are printed, so no control characters.
  droppedAnnotations: listOf({ type: 'string', maxLength: 317, pattern: '^[^\\p{C}]+$' }),
  objects: { type: 'array' },
  policies: { type: 'array' },
  facts: { type: 'array' },
  identities: { type: 'array', isOptional: true },
  watches: { type: 'array', isOptional: true },
});

/** One entry of `policies` of a snapshot; what a spec may say is the CRD's to judge. */
export const policySchema: object = closed({
  apiVersion: { const: 'kubexray.io/v1alpha1' },
  kind: { const: 'KubeXrayPolicy' },
  metadata: closed({
    name,
    ...{ uid: { ...text, isOptional: true }, generation: { type: 'integer', minimum: 0, isOptional: true } },
    ...{ creationTimestamp: optionalTime, annotations: { type: 'object', additionalProperties: text, isOptional: true } },
  }),
  spec: { type: 'object', isOptional: true },
});

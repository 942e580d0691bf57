// Pod templates: their containers, and a hash by which a Deployment's template and its ReplicaSet's are recognised as one.
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { ContainerType, PodTemplate, TemplateContainer } from '../facts/objects.ts';
import type { Interner } from './interner.ts';
import { objectOf, objectsOf, textOf, valueAt } from './json-reading.ts';

// The Deployment controller adds it to the templates of its ReplicaSets, and nothing else.
const podTemplateHash = 'pod-template-hash';

/** Returns the projected template; an absent one has no containers. */
export function projectTemplate(template: unknown, intern: Interner): PodTemplate {
  return { sha256: templateSha256(template), containers: projectTemplateContainers(template, intern) };
}

/** Returns containers, then init containers, as the template declares them. */
export function projectTemplateContainers(template: unknown, intern: Interner): readonly TemplateContainer[] {
  const spec = valueAt(template, 'spec');
  return [
    ...declaredContainers(valueAt(spec, 'containers'), 'container', intern),
    ...declaredContainers(valueAt(spec, 'initContainers'), 'init', intern),
  ];
}

/** Returns the containers of one list of a pod spec; entries without a name are left out. */
export function declaredContainers(list: unknown, type: ContainerType, intern: Interner): readonly TemplateContainer[] {
  return objectsOf(list)
    .filter((container) => textOf(container.name) !== '')
    .map((container) => ({ name: intern(textOf(container.name)), type, image: intern(textOf(container.image)) }));
}

function templateSha256(template: unknown): string {
  const { metadata, ...rest } = objectOf(template);
  const { labels, creationTimestamp, ...others } = objectOf(metadata);
  const { [podTemplateHash]: _hash, ...ownLabels } = objectOf(labels);
  // API servers before 1.34 write a null creationTimestamp into every template.
  const created = creationTimestamp === null || creationTimestamp === undefined ? {} : { creationTimestamp };
  return createHash('sha256')
    .update(canonicalJson({ ...rest, metadata: { ...others, ...created, labels: ownLabels } }))
    .digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isJsonObject(member) ? sorted(member) : member));
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// From the metadata of a raw object to the identity that all projected objects share.
import type { ObjectIdentity, OwnerReference } from '../facts/objects.ts';
import type { Interner } from './interner.ts';
import { numberOf, objectOf, objectsOf, textOf, valueAt } from './json-reading.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Returns the identity; undefined when name, uid or creationTimestamp are missing, which no stored object lacks. */
export function projectIdentity(raw: unknown, apiVersion: string, intern: Interner): ObjectIdentity | undefined {
  const metadata = objectOf(valueAt(raw, 'metadata'));
  const name = textOf(metadata.name);
  const uid = textOf(metadata.uid);
  const createdAt = new Date(textOf(metadata.creationTimestamp));
  if (name === '' || uid === '' || Number.isNaN(createdAt.getTime())) return undefined;
  return {
    apiVersion,
    namespace: intern(textOf(metadata.namespace)),
    name,
    uid,
    resourceVersion: textOf(metadata.resourceVersion),
    generation: numberOf(metadata.generation, 0),
    labels: texts(metadata.labels, intern),
    annotations: texts(metadata.annotations, intern, lastApplied),
    createdAt,
    terminating: typeof metadata.deletionTimestamp === 'string',
    owners: objectsOf(metadata.ownerReferences).map((owner) => ownerReference(owner, intern)),
  };
}

function ownerReference(owner: Readonly<Record<string, unknown>>, intern: Interner): OwnerReference {
  return {
    apiVersion: intern(textOf(owner.apiVersion)),
    kind: intern(textOf(owner.kind)),
    name: intern(textOf(owner.name)),
    uid: intern(textOf(owner.uid)),
    controller: owner.controller === true,
  };
}

function texts(value: unknown, intern: Interner, without?: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, text] of Object.entries(objectOf(value))) {
    if (typeof text === 'string' && key !== without) result[key] = intern(text);
  }
  return result;
}

// Reads and writes single objects at the API server, always fresh and never whole: what acting and reporting need of it.
import { isJsonObject, type JsonObject } from '../facts/json.ts';
import type { KubernetesClient } from './client.ts';
import { objectsOf, valueAt } from './json-reading.ts';
import { badAnswer, KubernetesFailure } from './kubernetes-failure.ts';
import { type ObjectName, objectPath } from './resources.ts';

export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Each throws `KubernetesFailure` for every answer but those described. */
export interface ClusterObjects {
  /** Returns the object as JSON; undefined on 404. */
  readonly getObject: (name: ObjectName) => Promise<JsonObject | undefined>;
  /**
   * Merges the patch into the object and returns it as it then is. `metadata.resourceVersion` and `uid` in the patch make
   * it conditional: 409 when they differ.
   */
  readonly patchObject: (name: ObjectName, mergePatch: JsonObject) => Promise<JsonObject>;
  /** Deletes in the foreground: dependents first. 409 when uid or resourceVersion differ, 404 when the object is gone. */
  readonly deleteObject: (name: ObjectName, preconditions: Preconditions) => Promise<void>;
  readonly getNamespace: (name: string) => Promise<JsonObject | undefined>;
  readonly getPolicy: (name: string) => Promise<JsonObject | undefined>;
  /**
   * Merges into the status subresource: a member that is absent stays as it was, null removes it, lists are replaced.
   * With a resourceVersion 409 when the policy has changed since.
   */
  readonly patchPolicyStatus: (name: string, status: JsonObject, resourceVersion?: string) => Promise<JsonObject>;
  /** Tells whether the definition is there, served and not being deleted; false on 404. */
  readonly customResourceDefinitionEstablished: (name: string) => Promise<boolean>;
}

/** Returns the reads and writes over a client; each call is one request without a retry. */
export function createClusterObjects(client: KubernetesClient): ClusterObjects {
  const getObject = (name: ObjectName) => get(client, objectPath(name));
  const patch = (path: string, body: JsonObject) => mergePatch(client, path, body);
  return {
    getObject,
    patchObject: (name, body) => patch(objectPath(name), body),
    deleteObject: (name, preconditions) => deleteInForeground(client, objectPath(name), preconditions),
    getNamespace: (name) => getObject({ kind: 'Namespace', namespace: '', name }),
    getPolicy: (name) => getObject(policyName(name)),
    patchPolicyStatus: (name, status, resourceVersion) =>
      patch(`${objectPath(policyName(name))}/status`, {
        ...(resourceVersion === undefined ? {} : { metadata: { resourceVersion } }),
        status,
      }),
    customResourceDefinitionEstablished: async (name) =>
      isEstablished(await getObject({ kind: 'CustomResourceDefinition', namespace: '', name })),
  };
}

function policyName(name: string): ObjectName {
  return { kind: 'KubeXrayPolicy', namespace: '', name };
}

async function get(client: KubernetesClient, path: string): Promise<JsonObject | undefined> {
  try {
    return asObject(`GET ${path}`, await client.request({ method: 'GET', path }));
  } catch (error) {
    if (error instanceof KubernetesFailure && error.status === 404) return undefined;
    throw error;
  }
}

async function mergePatch(client: KubernetesClient, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  return asObject(`PATCH ${path}`, answer);
}

async function deleteInForeground(client: KubernetesClient, path: string, { uid, resourceVersion }: Preconditions): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    preconditions: { uid, resourceVersion },
  };
  await client.request({ method: 'DELETE', path, body });
}

function isEstablished(definition: JsonObject | undefined): boolean {
  // One that is being deleted takes all its objects with it, while it still calls itself established.
  if (valueAt(definition, 'metadata', 'deletionTimestamp') !== undefined) return false;
  const conditions = objectsOf(valueAt(definition, 'status', 'conditions'));
  return conditions.some((condition) => condition.type === 'Established' && condition.status === 'True');
}

function asObject(action: string, answer: unknown): JsonObject {
  if (!isJsonObject(answer)) throw badAnswer(action, 'the answer is no object');
  return answer;
}

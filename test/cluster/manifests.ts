// Applies manifests as `kubectl apply --server-side` does, for tests, demo and benchmarks on machines without kubectl.
import { parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../../src/facts/json.ts';
import type { AdminClient } from './admin-client.ts';
import { at } from './at.ts';
import { waitFor } from './wait-for.ts';

/**
 * Applies the objects of a YAML text (or objects) in their order and returns them as the server has them. A custom resource
 * definition is waited for, so that its objects may follow. Rejects with the server's message at the first that is refused.
 */
export async function applyManifests(admin: AdminClient, manifests: string | readonly unknown[]): Promise<readonly unknown[]> {
  const objects = typeof manifests === 'string' ? parseAllDocuments(manifests).map((document) => document.toJS()) : manifests;
  const applied: unknown[] = [];
  for (const object of objects) {
    // An empty document, as before the first `---`.
    if (object === null) continue;
    if (!isJsonObject(object)) throw new Error(`apply: not an object: ${JSON.stringify(object)}`);
    const path = await pathOf(admin, object);
    applied.push(await admin.apply(path, object));
    if (object.kind === 'CustomResourceDefinition') await established(admin, path);
  }
  return applied;
}

/** Returns the path of an object on the server, asking the server for the plural of its kind. The namespace is `default` if it names none. */
export async function pathOf(admin: AdminClient, object: JsonObject): Promise<string> {
  const { apiVersion, kind } = object;
  const root = String(apiVersion).includes('/') ? `/apis/${String(apiVersion)}` : `/api/${String(apiVersion)}`;
  const list = at(await admin.expect('GET', root), 'resources');
  const resources: readonly unknown[] = Array.isArray(list) ? list : [];
  const resource = resources.find((found) => at(found, 'kind') === kind && !String(at(found, 'name')).includes('/'));
  if (resource === undefined) throw new Error(`apply: the server has no ${String(kind)} in ${String(apiVersion)}`);
  const namespace = at(resource, 'namespaced') === true ? `/namespaces/${String(at(object, 'metadata.namespace') ?? 'default')}` : '';
  return `${root}${namespace}/${String(at(resource, 'name'))}/${String(at(object, 'metadata.name'))}`;
}

async function established(admin: AdminClient, path: string): Promise<void> {
  const accepted = async () => {
    const conditions = at(await admin.expect('GET', path), 'status.conditions');
    return (
      Array.isArray(conditions) &&
      conditions.some((condition) => at(condition, 'type') === 'Established' && at(condition, 'status') === 'True')
    );
  };
  await waitFor(accepted, { what: `${path} established` });
}

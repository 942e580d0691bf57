// Where each kind lives in the API: group, version, plural, scope, and the paths that follow from them.

interface Resource {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The kinds that this program reads or writes. */
export const resources = {
  Pod: { apiVersion: 'v1', plural: 'pods', namespaced: true },
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  Node: { apiVersion: 'v1', plural: 'nodes', namespaced: false },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets', namespaced: true },
  DaemonSet: { apiVersion: 'apps/v1', plural: 'daemonsets', namespaced: true },
  ReplicaSet: { apiVersion: 'apps/v1', plural: 'replicasets', namespaced: true },
  ControllerRevision: { apiVersion: 'apps/v1', plural: 'controllerrevisions', namespaced: true },
  Job: { apiVersion: 'batch/v1', plural: 'jobs', namespaced: true },
  CronJob: { apiVersion: 'batch/v1', plural: 'cronjobs', namespaced: true },
  CustomResourceDefinition: { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions', namespaced: false },
  KubeXrayPolicy: { apiVersion: 'kubexray.io/v1alpha1', plural: 'kubexraypolicies', namespaced: false },
} as const satisfies Readonly<Record<string, Resource>>;

export type ResourceKind = keyof typeof resources;

/** Names one object. `namespace` is empty for cluster-scoped kinds. */
export interface ObjectName {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** Tells whether a kind is one of those with a known place in the API. */
export function isResourceKind(kind: string): kind is ResourceKind {
  return Object.hasOwn(resources, kind);
}

/** Returns the path that lists and watches all objects of a kind, over all namespaces. */
export function listPath(kind: ResourceKind): string {
  const { apiVersion, plural } = resources[kind];
  return `${groupPath(apiVersion)}/${plural}`;
}

/** Returns the path of one object. */
export function objectPath({ kind, namespace, name }: ObjectName): string {
  const { apiVersion, plural, namespaced } = resources[kind];
  const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(apiVersion)}${scope}/${plural}/${encodeURIComponent(name)}`;
}

// The core group alone has no slash in its apiVersion, and lives under /api (https://kubernetes.io/docs/reference/using-api/).
function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

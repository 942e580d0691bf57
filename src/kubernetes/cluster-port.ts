// What acting and reporting need of the API server (the ports of actions and controller), over single objects.
import type { ClusterPort } from '../actions/execute.ts';
import type { FreshObject } from '../actions/requests.ts';
import type { StatusPort } from '../controller/policy-pass.ts';
import type { WorkloadRef } from '../facts/cluster.ts';
import type { JsonObject } from '../facts/json.ts';
import { Failure } from '../failure.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { numberOf, objectOf, textOf, valueAt } from './json-reading.ts';
import { isResourceKind, type ObjectName } from './resources.ts';

const policyDefinition = 'kubexraypolicies.kubexray.io';

/** Returns the ports; every answer is fresh. Throws `Failure` as `ClusterObjects` does. */
export function createClusterPort(objects: ClusterObjects): ClusterPort & StatusPort {
  return {
    readObject: async (ref) => {
      const object = await objects.getObject(nameOf(ref));
      return object === undefined ? undefined : freshObject(object);
    },
    readNamespace: async (name) => {
      const namespace = await objects.getNamespace(name);
      return namespace === undefined ? undefined : { terminating: isTerminating(namespace), labels: labelsOf(namespace) };
    },
    readPolicy: async (name) => {
      const object = await objects.getPolicy(name);
      if (object === undefined) return undefined;
      const parsed = parsePolicy(object);
      if ('policy' in parsed) return parsed.policy;
      throw new Failure(`read policy ${name}: it cannot be understood`, { retry: 'soon', reason: 'InvalidPolicy' });
    },
    isPolicyKindEstablished: () => objects.customResourceDefinitionEstablished(policyDefinition),
    patchObject: async (ref, patch) => {
      await objects.patchObject(nameOf(ref), patch);
    },
    deleteObject: (ref, preconditions) => objects.deleteObject(nameOf(ref), preconditions),
    patchPolicyStatus: async (name, status) => {
      await objects.patchPolicyStatus(name, { ...status });
    },
  };
}

function nameOf({ kind, namespace, name }: WorkloadRef): ObjectName {
  if (!isResourceKind(kind))
    throw new Failure(`act on ${kind} ${namespace}/${name}: the kind is not known`, { retry: 'never', reason: 'Unsupported' });
  return { kind, namespace, name };
}

function freshObject(object: JsonObject): FreshObject {
  return {
    uid: textOf(valueAt(object, 'metadata', 'uid')),
    resourceVersion: textOf(valueAt(object, 'metadata', 'resourceVersion')),
    generation: numberOf(valueAt(object, 'metadata', 'generation'), 0),
    terminating: isTerminating(object),
    replicas: numberOf(valueAt(object, 'spec', 'replicas'), 1),
    labels: labelsOf(object),
  };
}

function labelsOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(objectOf(valueAt(object, 'metadata', 'labels'))).map(([key, value]) => [key, textOf(value)]));
}

function isTerminating(object: JsonObject | undefined): boolean {
  return valueAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

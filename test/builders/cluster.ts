// A cluster as the watches would have filled it.
import { Cluster } from '../../src/facts/cluster.ts';
import type { ClusterObject } from '../../src/facts/objects.ts';
import { namespace } from './objects.ts';

/** A cluster with the namespace `shop` and these objects, which came in this order. */
export function clusterOf(...objects: readonly ClusterObject[]): Cluster {
  const cluster = new Cluster();
  for (const object of [namespace(), ...objects]) cluster.apply(object);
  return cluster;
}

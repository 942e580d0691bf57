// Workloads and their images for tests: what a test does not say is filled in.
import { parseImageReference } from '../../src/facts/image.ts';
import type { Workload, WorkloadImage } from '../../src/facts/workload.ts';
import { deployment, digestOf } from './objects.ts';

/** An image of one pod; registry, repository and tag come from `ref`, the digest is that of `ref`. */
export function image(given: Partial<WorkloadImage> = {}): WorkloadImage {
  const ref = given.ref ?? 'registry.example.com/shop/api:1.4';
  const { registry, repository, tag } = parseImageReference(ref);
  return {
    ref,
    registry,
    repository,
    tag,
    digest: digestOf(ref),
    problem: '',
    containers: [{ name: 'api', type: 'container' }],
    pods: 1,
    current: true,
    firstSeenAt: new Date('2026-11-01T00:00:00Z'),
    ...given,
  };
}

/** The Deployment shop/api with one replica, one pod and one image; `ref`, labels and annotations are those of `controller` if it is given. */
export function workload(given: Partial<Workload> = {}): Workload {
  const controller = 'controller' in given ? given.controller : deployment();
  const { apiVersion, kind, namespace, name, uid } = controller ?? deployment();
  const images = given.images ?? [image()];
  return {
    ref: { apiVersion, kind, namespace, name, uid },
    labels: controller?.labels ?? {},
    annotations: controller?.annotations ?? {},
    namespaceLabels: {},
    ownedBy: [],
    ownersKnown: true,
    terminating: controller?.terminating ?? false,
    replicas: controller?.replicas ?? 1,
    pods: 1,
    runningPods: given.pods ?? 1,
    images,
    needs: { digests: images.map(({ digest }) => digest).filter((digest) => digest !== ''), questions: [] },
    ...given,
    controller,
  };
}

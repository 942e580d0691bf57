// The annotations by which a pod template tells the runner of the test control plane how its pods are to look; read in pod_status.go.

export const podAnnotations = {
  /** JSON object: image as the pod names it → digest it resolves to. Without an entry: the hash of the reference. */
  imageDigests: 'test.kubexray.io/image-digests',
  /** JSON object: image as the pod names it → imageID, word for word. Goes before the digests. */
  imageIds: 'test.kubexray.io/image-ids',
  /** `"true"`: the pod stays Pending with ImagePullBackOff and without imageID, until the annotation is taken away. */
  waiting: 'test.kubexray.io/waiting',
  /** `"true"`: a pod of a Job stays Running instead of ending Succeeded. */
  keepRunning: 'test.kubexray.io/keep-running',
  /** `"true"`: a deleted pod stays terminating, until the annotation is taken away. */
  slowTermination: 'test.kubexray.io/slow-termination',
} as const;

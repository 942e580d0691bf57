// What the archived jfrog/kubexray does about so many pods, computed from its code (cmd/kubexray/handler.go); nothing is run.
import { containersPerPod } from './crowd.ts';

// `checkResource` asks for a StatefulSet by a part of the pod's name, then for a Deployment by another.
const readsPerPod = 2;
// The limit of client-go unless a program sets its own, which it does not.
const readsPerSecond = 5;

/** Calls to Xray about so many pods that begin to run: two for each container of each, one after the other. */
export function kubeXrayCalls(pods: number): number {
  return pods * containersPerPod * 2;
}

/** Seconds that it takes at least to look at so many pods: its one worker waits for client-go before each read of the API server. */
export function kubeXraySeconds(pods: number): number {
  return (pods * readsPerPod) / readsPerSecond;
}

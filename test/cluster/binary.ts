// The program of the test control plane, built from the Go module in this folder and kept in the user's cache folder.
import { type BuildSurroundings, goProgram } from './go-program.ts';

/** Version of Kubernetes that the server says it is; go.mod requires the same. */
export const kubernetesVersion = 'v1.36.3';

/** Returns the path of the program. Builds it when this was not done for these sources, this Go and this machine: about three minutes. */
export async function controlPlaneBinary(options: BuildSurroundings): Promise<string> {
  const program = {
    name: 'test-control-plane',
    sources: import.meta.dirname,
    variation: kubernetesVersion,
    takes: 'about three minutes (seconds when only its own files changed)',
    linkerFlags: versionFlags(),
  };
  return goProgram(program, options);
}

// Clients parse the version that the server reports, and fail on the one of a program built without.
function versionFlags(): string {
  const [major, minor] = kubernetesVersion.slice(1).split('.');
  const set = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor };
  return Object.entries(set)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

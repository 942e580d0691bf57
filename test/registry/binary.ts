// The program of the test registry, built from the Go module in this folder and kept in the user's cache folder.
import { type BuildSurroundings, goProgram } from '../cluster/go-program.ts';

/** Returns the path of the program. Builds it when this was not done for these sources, this Go and this machine: seconds. */
export async function registryBinary(options: BuildSurroundings): Promise<string> {
  const program = { name: 'test-registry', sources: import.meta.dirname, variation: '', takes: 'half a minute at most', linkerFlags: '' };
  return goProgram(program, options);
}

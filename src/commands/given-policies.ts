// The policies that a caller names by `-f`; what is wrong with them is said as `check` says it. Reads files, and runs `opa` on bad ones.
import { findingsText } from '../output/finding-text.ts';
import type { Policy } from '../policy/policy.ts';
import { type Authored, readAuthored } from './authored.ts';
import { checkAuthored } from './check-authored.ts';
import type { CompileTools } from './compile.ts';
import { usage } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

export interface GivenPolicies {
  /** Those that can be read, in the order of the files; names differ. */
  readonly policies: readonly Policy[];
  readonly areReadable: boolean;
  readonly authored: Authored;
}

/** Reads the policies of files. Throws `Failure` when a file cannot be read, there is no policy in all of them, or one is there twice. */
export async function readGivenPolicies(paths: readonly string[], { readStdin, stderr }: Surroundings): Promise<GivenPolicies> {
  const authored = await readAuthored(paths, readStdin);
  const { policies, problems, notes } = authored;
  for (const note of notes) stderr.write(`kubexray: ${note}\n`);
  if (policies.length === 0 && problems.length === 0) throw usage(`read policies: there is none in ${paths.join(', ')}`);
  const twice = policies.find(({ name }, index) => name !== '' && policies.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) throw usage(`read ${twice.source.file}: policy ${twice.name} is given twice`);
  return {
    policies: policies.flatMap(({ policy }) => (policy === undefined ? [] : [policy])),
    areReadable: problems.length === 0 && policies.every(({ policy }) => policy !== undefined),
    authored,
  };
}

/** Writes to standard error what is wrong with the policies, as compilers do. */
export async function sayWhatIsWrong({ authored }: GivenPolicies, tools: CompileTools, { stderr, now }: Surroundings): Promise<void> {
  const findings = await checkAuthored({ ...authored, rules: [] }, tools, now());
  stderr.write(findingsText(findings, { hasColors: stderr.isTTY === true }));
}

// `kubexray check`: everything that is checked when a policy is applied, before it is. Reads files, runs `opa`, asks no cluster.
import { type Command, Option } from 'commander';
import type { Finding } from '../output/finding.ts';
import { findingsJson, findingsSarif } from '../output/finding-reports.ts';
import { findingsText } from '../output/finding-text.ts';
import { type Authored, readAuthored } from './authored.ts';
import { checkAuthored } from './check-authored.ts';
import { findCompileTools } from './compile.ts';
import { usage } from './settings.ts';

interface CheckFlags {
  readonly output: 'text' | 'json' | 'sarif';
}

/** The parts of a process that the verb uses. */
export interface CheckStreams {
  readonly stdout: { readonly isTTY?: boolean; readonly write: (text: string) => unknown };
  readonly stderr: { readonly isTTY?: boolean; readonly write: (text: string) => unknown };
  readonly stdin: AsyncIterable<unknown>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock of the machine when absent. */
  readonly now?: () => Date;
}

// Who waits longer than this wonders whether anything happens.
const quietMs = 2_000;

const help = `
FILE is
  a YAML file with policies; other objects in it are passed over
  a folder with rule.rego and rule.yaml: a rule, checked with the defaults of its parameters, and the policies
    in the folder; an older copy of the rule in its policy.yaml is a warning
  another folder: it is searched for both
  a file that ends in .rego: a rule without parameters
  -: YAML on standard input

A policy may name in \`use\` the rules of folders that are given with it.

Exit codes:
  0  nothing is wrong, but for warnings
  1  something is wrong, and stands in the output
  2  it could not be checked: a file cannot be read, or the compiler is missing

Examples:
  kubexray check policy.yaml
  kubexray check policies/ our-rule/
  helm template ./chart | kubexray check -
  kubexray check -o sarif policies/ > kubexray.sarif
`;

/** Adds the verb to the program. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('find what is wrong with policies and rules, by the checks of the controller, without a cluster')
    .argument('<file...>', 'policies, or folders of rules; see below')
    .addOption(new Option('-o, --output <format>', 'how to print what is found').choices(['text', 'json', 'sarif']).default('text'))
    .addHelpText('after', help)
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      process.exitCode = await runCheck(paths, flags, process);
    });
}

/** Checks and prints. Returns the exit code, 0 or 1; throws `Failure` when it could not be done. */
export async function runCheck(paths: readonly string[], { output }: CheckFlags, streams: CheckStreams): Promise<0 | 1> {
  const { stdout, stderr, env } = streams;
  const authored = await readAuthored(paths, () => allOf(streams.stdin));
  for (const note of authored.notes) stderr.write(`note: ${note}\n`);
  if (authored.policies.length + authored.rules.length + authored.problems.length === 0)
    throw usage(`check ${paths.join(' ')}: there is no KubeXrayPolicy and no rule`);
  const tools = await findCompileTools({ env, stderr });
  const slow = setTimeout(() => stderr.write(`checking ${counted(rulesIn(authored), 'rule')}…\n`), quietMs);
  const findings = await checkAuthored(authored, tools, streams.now?.() ?? new Date()).finally(() => clearTimeout(slow));
  const isColored = stdout.isTTY === true && (env.NO_COLOR ?? '') === '';
  stdout.write(printed(output, { findings, authored, isColored }));
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

interface Printable {
  readonly findings: readonly Finding[];
  readonly authored: Authored;
  readonly isColored: boolean;
}

function printed(output: CheckFlags['output'], { findings, authored, isColored }: Printable): string {
  switch (output) {
    case 'json':
      return `${findingsJson(findings)}\n`;
    case 'sarif':
      return `${findingsSarif(findings)}\n`;
    case 'text': {
      const text = findingsText(findings, { hasColors: isColored });
      return `${text}${text === '' ? '' : '\n'}${summary(findings, authored)}\n`;
    }
  }
}

function summary(findings: readonly Finding[], authored: Authored): string {
  const policies = authored.policies.length === 0 ? '' : `${counted(authored.policies.length, 'policy', 'policies')}, `;
  const problems = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - problems;
  const counts = [problems === 0 ? 'no problems' : counted(problems, 'problem'), ...(warnings === 0 ? [] : [counted(warnings, 'warning')])];
  return `${policies}${counted(rulesIn(authored), 'rule')} checked, ${counts.join(', ')}`;
}

function rulesIn({ policies, rules }: Authored): number {
  return rules.length + policies.reduce((sum, policy) => sum + policy.rules.length, 0);
}

function counted(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}

async function allOf(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

// `kubexray explain`: everything that leads to the decision about one workload, live or on a recording. Reads; never writes.
import { type Command, Option } from 'commander';
import { type Forecast, forecastWorkload } from '../controller/forecast.ts';
import { documentText } from '../evaluation/document.ts';
import { explanationText } from '../output/explanation-text.ts';
import { explanation } from '../status/explanation.ts';
import { type CompiledPolicies, type CompileTools, compilePolicies, findCompileTools } from './compile.ts';
import { findWorkload, parseWorkloadName } from './find-workload.ts';
import { readGivenPolicies, sayWhatIsWrong } from './given-policies.ts';
import { addProtection, type ProtectionFlags, protectedBy } from './plan.ts';
import { type PolicySet, policySet } from './policy-set.ts';
import { addRecording, type FindOptions, type FoundRecording, findRecording, type RecordingFlags } from './recording-source.ts';
import { usage } from './settings.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';
import { type TraceFlags, traceText } from './trace-rules.ts';

export interface ExplainFlags extends RecordingFlags, ProtectionFlags, TraceFlags {
  readonly file?: readonly string[];
  readonly snapshot?: string;
  readonly output: 'text' | 'json';
}

const help = `
The kind may be short: deploy, sts, ds, rs, po, cj. A pod stands for the workload that it belongs to.

Exit codes:
  0  it is explained
  2  it could not be

Examples:
  kubexray explain deploy/shop/api --xray-url https://example.jfrog.io
  kubexray explain deploy/shop/api --snapshot cluster.json -f policy.yaml
  kubexray explain deploy/shop/api --snapshot cluster.json --trace-rule no-high
`;

/** Adds the verb to the program. */
export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('say why a workload is or is not acted on: facts, policies, verdicts, and what would clear them')
    .argument('<workload>', 'KIND/NAMESPACE/NAME, such as deploy/shop/api')
    // Not `<path...>`, which would take the workload after it for another file.
    .option(
      '-f, --file <path>',
      'policies instead of those of their names in the cluster or snapshot; - is standard input; may be given several times',
      (path: string, before: readonly string[] = []) => [...before, path],
    )
    .option('--snapshot <file>', 'a recording made by kubexray snapshot; without it and without --resources the cluster is asked');
  addRecording(command);
  addProtection(command);
  command
    .option('--trace', 'show how each rule that is about it is evaluated')
    .option('--trace-rule <name>', 'show it of this rule alone: RULE or POLICY/RULE')
    .addOption(
      new Option('--trace-detail <detail>', 'every step, what did not hold, or what the rule prints')
        .choices(['full', 'fails', 'notes'])
        .default('full'),
    )
    .addOption(new Option('-o, --output <form>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (workload: string, flags: ExplainFlags) => {
      process.exitCode = await runExplain(workload, flags, processSurroundings());
    });
}

/** Prints the explanation and returns the exit code. Throws `Failure` when something could not be read or asked. */
export async function runExplain(workload: string, flags: ExplainFlags, surroundings: Surroundings): Promise<0 | 2> {
  const wanted = parseWorkloadName(workload);
  const isTraced = flags.trace === true || flags.traceRule !== undefined;
  if (isTraced && flags.output === 'json') throw usage('--trace is text; leave -o json out');
  const given = flags.file === undefined ? undefined : await readGivenPolicies(flags.file, surroundings);
  const tools = await findCompileTools(surroundings);
  if (given?.areReadable === false) {
    await sayWhatIsWrong(given, tools, surroundings);
    return 2;
  }
  const found = await sourceOf(flags, { surroundings, policies: given?.policies ?? [] });
  const key = findWorkload(found.recording.cluster, wanted);
  const set = policySet(given?.policies ?? [], found.recording.policies);
  const compiled = await compilePolicies({ ...tools, policies: set.policies });
  try {
    const forecast = await forecastWorkload(forecastOptions({ flags, found, set, compiled }), key);
    if (forecast === undefined) throw usage(`explain ${workload}: it is no workload`);
    // First, so that nothing is printed when there is no such rule.
    const trace = isTraced ? await tracePart(forecast, { set, tools, flags }) : '';
    surroundings.stdout.write(`${printed(forecast, { set, flags, found, width: surroundings.width })}${trace}`);
    return 0;
  } finally {
    await compiled.close();
  }
}

async function sourceOf(flags: ExplainFlags, given: Omit<FindOptions, 'from'>): Promise<FoundRecording> {
  const { snapshot, resources } = flags;
  if (snapshot !== undefined && resources !== undefined) throw usage('give --snapshot or --resources, not both');
  if (snapshot === undefined) return findRecording(flags, { ...given, from: resources === undefined ? 'cluster' : 'files' });
  // All policies of a cluster are in its snapshot.
  return { ...(await findRecording({ ...flags, resources: snapshot }, { ...given, from: 'files' })), knownPolicies: 'all' };
}

interface Parts {
  readonly flags: ExplainFlags;
  readonly found: FoundRecording;
  readonly set: PolicySet;
  readonly compiled: CompiledPolicies;
}

function forecastOptions({ flags, found, set, compiled }: Parts) {
  return {
    ...{ recording: found.recording, active: compiled.active, evaluate: compiled.evaluate, known: found.knownPolicies },
    unreadable: new Set(set.unreadable.map(({ name }) => name)),
    protectedNamespaces: protectedBy(flags),
  };
}

interface Print extends Omit<Parts, 'compiled'> {
  readonly width: number;
}

function printed(forecast: Forecast, { set, flags, found: { recording }, width }: Print): string {
  const { declared, assumedDigests: digests, undatedDigests: undated, undatedWatches: watches } = recording;
  const assumed = { digests, undated, watches, pods: declared?.assumed.has(forecast.workload.ref.uid) === true };
  const explained = explanation({
    ...forecast,
    policies: sortedByName(set),
    unreadable: set.unreadable,
    assumed,
    watchOf: recording.watchOf,
  });
  return flags.output === 'json' ? `${JSON.stringify(explained, undefined, 2)}\n` : explanationText(explained, { width });
}

async function tracePart(
  forecast: Forecast,
  { set, tools, flags }: { set: PolicySet; tools: CompileTools; flags: ExplainFlags },
): Promise<string> {
  return traceText({ workload: forecast.workload, document: documentText(forecast.document), policies: sortedByName(set), tools, flags });
}

function sortedByName({ policies }: PolicySet): PolicySet['policies'] {
  return policies.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

// `kubexray plan`: what given policies would do to workloads, by the controller's own decision. Reads; never writes.
import { type Command, Option } from 'commander';
import { fixedProtectedNamespaces } from '../actions/guard.ts';
import { forecastWorkload, sortedWorkloadKeys } from '../controller/forecast.ts';
import { gatherWorkload } from '../facts/workload.ts';
import { type DeclaredAt, forecastJson, forecastJUnit, forecastSarif } from '../output/forecast-formats.ts';
import { forecastText, workloadName } from '../output/forecast-text.ts';
import { matchesAny } from '../policy/glob.ts';
import type { Policy } from '../policy/policy.ts';
import { type ForecastChanges, forecastChanges } from '../status/forecast-changes.ts';
import { type ForecastReport, type ForecastTotals, forecastReport, type Judged, type ReportedWorkload } from '../status/forecast-report.ts';
import { ruleFailures } from '../status/rule-failures.ts';
import { type CompileProblem, type CompileTools, compilePolicies, findCompileTools } from './compile.ts';
import { type GivenPolicies, readGivenPolicies, sayWhatIsWrong } from './given-policies.ts';
import { policySet } from './policy-set.ts';
import { addRecording, type FoundRecording, findRecording, type RecordingFlags } from './recording-source.ts';
import { refuseBlind, watchRefusals } from './refuse-blind.ts';
import { listOf, option, usage } from './settings.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';

export interface ProtectionFlags {
  readonly namespace: string;
  readonly protectedNamespaces?: string;
}

export interface PlanFlags extends RecordingFlags, ProtectionFlags {
  readonly file: readonly string[];
  readonly cluster?: boolean;
  readonly against?: readonly string[];
  readonly onlyNamespaces?: string;
  readonly failOn: FailOn;
  readonly output: 'table' | 'json' | 'junit' | 'sarif';
}

/** What makes the exit code 1; each includes those before it. */
type FailOn = 'action' | 'violated' | 'undecided';

const help = `
The policies given are judged together with those of the cluster or snapshot, and reported alone; one that is there already is replaced.

Exit codes:
  0  nothing of what --fail-on names
  1  --fail-on action (the default): a workload would be scaled to zero or deleted, which counts in DryRun too
     --fail-on violated: that, or a rule is violated
     --fail-on undecided: that, or a rule cannot tell
  2  it could not be told: a policy is wrong, a rule fails or gives no proper answer, something cannot be read, Xray answers for no image,
     or not for a watch that a policy names

Examples:
  kubexray plan -f policy.yaml --cluster --xray-url https://example.jfrog.io
  kubexray plan -f policies/ --resources manifests/ --facts facts.yaml
  kubexray plan -f new.yaml --against old.yaml --resources cluster.json -o sarif
`;

/** Adds the verb to the program. */
export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('say what policies would do: to a live cluster, or to manifests and recorded facts')
    .requiredOption('-f, --file <path...>', 'files or folders with the policies; - is standard input')
    .option('--cluster', 'judge what runs in the cluster now');
  addRecording(command);
  addProtection(command);
  command
    .option('--against <path...>', 'policies to compare with: what is newly violating, cleared, or has another action')
    .option('--only-namespaces <patterns>', 'judge workloads of these namespaces alone, separated by commas')
    .addOption(new Option('--fail-on <what>', 'what makes the exit code 1').choices(['action', 'violated', 'undecided']).default('action'))
    .addOption(new Option('-o, --output <form>', 'how to print it').choices(['table', 'json', 'junit', 'sarif']).default('table'))
    .addHelpText('after', help)
    .action(async (flags: PlanFlags) => {
      process.exitCode = await runPlan(flags, processSurroundings());
    });
}

/** Adds the flags of `ProtectionFlags`, which are the controller's. */
export function addProtection(command: Command): void {
  command
    .addOption(
      option('--namespace <name>', 'namespace of the controller, which it never acts in', 'KUBEXRAY_NAMESPACE').default('kubexray'),
    )
    .addOption(
      option('--protected-namespaces <patterns>', 'more namespaces never to act in, separated by commas', 'KUBEXRAY_PROTECTED_NAMESPACES'),
    );
}

/** Returns the patterns of all namespaces that the controller would never act in. */
export function protectedBy(flags: ProtectionFlags): readonly string[] {
  return [...fixedProtectedNamespaces, flags.namespace, ...listOf(flags.protectedNamespaces)];
}

/** Prints the plan and returns the exit code. Throws `Failure` when something could not be read or asked. */
export async function runPlan(flags: PlanFlags, surroundings: Surroundings): Promise<0 | 1 | 2> {
  if ((flags.cluster === true) === (flags.resources !== undefined)) throw usage('give one of --cluster and --resources');
  const given = await readGivenPolicies(flags.file, surroundings);
  const earlier = flags.against === undefined ? undefined : await readGivenPolicies(flags.against, surroundings);
  const tools = await findCompileTools(surroundings);
  const bad = [given, ...(earlier === undefined ? [] : [earlier])].filter(({ areReadable }) => !areReadable);
  for (const one of bad) await sayWhatIsWrong(one, tools, surroundings);
  if (bad.length > 0) return 2;
  const policies = [...given.policies, ...(earlier?.policies ?? [])];
  const found = await findRecording(flags, { from: flags.cluster === true ? 'cluster' : 'files', surroundings, policies });
  refuseBlind(found.recording.asked, 'without --xray-url only --facts says what is known');
  const names = policies.map(({ name }) => name);
  const context = { flags, surroundings, tools, found, names };
  const report = await reportOn(given, context);
  const before = earlier === undefined ? undefined : await reportOn(earlier, context);
  if (report === undefined || (earlier !== undefined && before === undefined)) return 2;
  const changes = before === undefined ? undefined : forecastChanges(before, report);
  surroundings.stdout.write(printed(report, { changes, policies: given.policies, flags, found, width: surroundings.width }));
  const named = policies.flatMap(({ watches }) => watches);
  const failures = [...watchRefusals(found.recording.askedWatches, named), ...ruleFailures(report)];
  for (const failure of failures) surroundings.stderr.write(`kubexray: ${failure}\n`);
  if (failures.length > 0) return 2;
  return isFound(report.totals, flags.failOn) ? 1 : 0;
}

function isFound({ wouldAct, wouldActIfEnforced, violating, undecided }: ForecastTotals, failOn: FailOn): boolean {
  const acts = [wouldAct, wouldActIfEnforced].some(({ ScaleDown, Delete }) => ScaleDown + Delete > 0);
  switch (failOn) {
    case 'action':
      return acts;
    case 'violated':
      return acts || violating > 0;
    case 'undecided':
      return acts || violating > 0 || undecided > 0;
  }
}

interface Context {
  readonly flags: PlanFlags;
  readonly surroundings: Surroundings;
  readonly tools: CompileTools;
  readonly found: FoundRecording;
  /** Of all policies given, old and new: those of the recording with these names are left out. */
  readonly names: readonly string[];
}

/** Returns undefined when a rule does not compile, which is then said. */
async function reportOn(given: GivenPolicies, { flags, surroundings, tools, found, names }: Context): Promise<ForecastReport | undefined> {
  const { recording } = found;
  const set = policySet(given.policies, recording.policies, names);
  const compiled = await compilePolicies({ ...tools, policies: set.policies });
  try {
    const isGiven = ({ policy }: CompileProblem): boolean => given.policies.some(({ name }) => name === policy);
    if (compiled.problems.some(isGiven)) {
      await sayWhatIsWrong(given, tools, surroundings);
      return undefined;
    }
    const options = {
      ...{ recording, active: compiled.active, evaluate: compiled.evaluate, known: found.knownPolicies },
      unreadable: new Set(set.unreadable.map(({ name }) => name)),
      protectedNamespaces: protectedBy(flags),
    };
    const judged: Judged[] = [];
    for (const key of sortedWorkloadKeys(recording.cluster)) {
      const forecast = await forecastWorkload(options, key);
      if (forecast?.decision === undefined || !isWanted(forecast.workload.ref.namespace, flags)) continue;
      judged.push({ ...forecast, decision: forecast.decision });
    }
    return forecastReport(judged, { policies: given.policies.map(({ name }) => name), takenAt: recording.takenAt });
  } finally {
    await compiled.close();
  }
}

function isWanted(namespace: string, { onlyNamespaces }: PlanFlags): boolean {
  return onlyNamespaces === undefined || matchesAny(listOf(onlyNamespaces), namespace);
}

interface Print {
  readonly changes: ForecastChanges | undefined;
  readonly policies: readonly Policy[];
  readonly flags: PlanFlags;
  readonly found: FoundRecording;
  readonly width: number;
}

function printed(report: ForecastReport, { changes, policies, flags, found, width }: Print): string {
  switch (flags.output) {
    case 'table':
      return forecastText(report, { width, judged: countWanted(found, flags), ...(changes === undefined ? {} : { changes }) });
    case 'json':
      return forecastJson(report, changes);
    case 'junit':
      return forecastJUnit(
        report,
        policies.map(({ name }) => name),
      );
    case 'sarif':
      return forecastSarif(report, declaredAt(found));
  }
}

function countWanted({ recording: { cluster } }: FoundRecording, flags: PlanFlags): number {
  const refs = [...cluster.workloadKeys()].flatMap((key) => gatherWorkload(cluster, key)?.ref ?? []);
  return refs.filter(({ namespace }) => isWanted(namespace, flags)).length;
}

function declaredAt({ recording: { cluster, declared } }: FoundRecording): (workload: ReportedWorkload) => DeclaredAt | undefined {
  const places = new Map<string, DeclaredAt>();
  for (const [uid, place] of declared?.places ?? []) {
    const ref = gatherWorkload(cluster, uid)?.ref;
    const [, file = place, line] = /^(.*):(\d+)$/.exec(place) ?? [];
    if (ref !== undefined) places.set(workloadName(ref), { file, ...(line === undefined ? {} : { line: Number(line) }) });
  }
  return (workload) => places.get(workloadName(workload));
}

// `kubexray plan` on manifests and recorded facts, with the real compiler. What it prints stands in fixtures-plan/golden; what is JSON there
// ends in .txt, so that no formatter touches it.
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { type PlanFlags, runPlan } from '../../src/commands/plan.ts';
import { captured, fixture } from './captured.ts';

const both = [fixture('production.yaml'), fixture('trial.yaml')];
const files = { resources: fixture('manifests'), facts: fixture('facts.yaml'), namespace: 'kubexray' };

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function plan(flags: Partial<PlanFlags>, stdin?: string): Promise<Ran> {
  const { surroundings, stdout, stderr } = captured(stdin);
  const exitCode = await runPlan({ file: both, output: 'table', ...files, ...flags }, surroundings);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

function golden(name: string): Promise<string> {
  return readFile(fixture(`golden/${name}`), 'utf8');
}

const forms = [
  ['table', 'plan.txt'],
  ['json', 'plan.json.txt'],
  ['junit', 'plan.xml'],
  ['sarif', 'plan.sarif'],
] as const;

for (const [output, file] of forms) {
  test(`what two policies would do is printed as ${output}`, async (t) => {
    const ran = await plan({ output });
    t.is(ran.stdout, await golden(file));
    t.is(ran.stderr, '');
    t.is(ran.exitCode, 1);
  });
}

test('against what a policy was before, the plan says what is new, cleared and done otherwise', async (t) => {
  const ran = await plan({ file: [fixture('production.yaml')], against: [fixture('production-old.yaml')] });
  t.is(ran.stdout, await golden('against.txt'));
  t.is(ran.exitCode, 1);
});

test('against itself nothing differs', async (t) => {
  const ran = await plan({ against: both });
  t.regex(ran.stdout, /^Nothing differs from before\.$/m);
});

test('where nothing would be done the exit code is 0', async (t) => {
  const ran = await plan({ file: [fixture('production-old.yaml')] });
  t.is(ran.exitCode, 0);
  t.regex(ran.stdout, /^6 workloads evaluated; 4 violating; 1 undecided; 0 held; would act on none$/m);
});

test('a namespace that is protected by a flag is held', async (t) => {
  const ran = await plan({ file: [fixture('production.yaml')], protectedNamespaces: 'sh*' });
  t.is(ran.exitCode, 0);
  t.regex(ran.stdout, /Deployment\/shop\/api +production\/no-high +violated +ScaleDown +held: Protected/);
});

test('a plan of one namespace is about its workloads alone', async (t) => {
  const ran = await plan({ onlyNamespaces: 'kube-*' });
  t.is(ran.exitCode, 0);
  t.regex(ran.stdout, /^1 workload evaluated; 1 violating; 0 undecided; 1 held; would act on none$/m);
});

test('a policy comes from standard input', async (t) => {
  const ran = await plan({ file: ['-'] }, await readFile(fixture('trial.yaml'), 'utf8'));
  t.regex(ran.stdout, /trial\/critical-only +violated +Delete +would delete it \(DryRun\)/);
});

test('a rule that does not compile is said at its place, and nothing is planned', async (t) => {
  const ran = await plan({ file: [fixture('broken.yaml')] });
  t.is(ran.exitCode, 2);
  t.is(ran.stdout, '');
  t.regex(ran.stderr, /broken\.yaml:10:36: error: undefined ref: image\.reff/);
});

test('a policy that cannot be read is said at its place, and nothing is planned', async (t) => {
  const ran = await plan(
    { file: ['-'] },
    'apiVersion: kubexray.io/v1alpha1\nkind: KubeXrayPolicy\nmetadata: {name: p}\nspec: {mode: Enforced, rules: []}\n',
  );
  t.is(ran.exitCode, 2);
  t.is(ran.stdout, '');
  t.regex(ran.stderr, /^<stdin>:4:14: error: spec\.mode must be one of DryRun, Enforce/m);
});

test('a policy that is given twice is refused', async (t) => {
  const error = await t.throwsAsync(plan({ file: [fixture('production.yaml'), fixture('production-old.yaml')] }));
  t.regex(error.message, /production-old\.yaml: policy production is given twice$/);
});

test('workloads come from one place', async (t) => {
  const error = await t.throwsAsync(plan({ cluster: true }));
  t.is(error.message, 'give one of --cluster and --resources');
});

test('a policy that is about no workload says so', async (t) => {
  const text = (await readFile(fixture('trial.yaml'), 'utf8')).replace('tier: prod', 'tier: none');
  const ran = await plan({ file: ['-'] }, text);
  t.is(ran.exitCode, 0);
  t.regex(ran.stdout, /^No policy given is about any of the workloads\.$/m);
});

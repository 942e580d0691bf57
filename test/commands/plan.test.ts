// `kubexray plan` on manifests and recorded facts, with the real compiler. What it prints stands in fixtures-plan/golden; what is JSON there
// ends in .txt, so that no formatter touches it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import test from 'ava';
import { type PlanFlags, runPlan } from '../../src/commands/plan.ts';
import { startXray } from '../xray/stand-in.ts';
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
  const exitCode = await runPlan({ file: both, output: 'table', failOn: 'action', ...files, ...flags }, surroundings);
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
    const ran = await plan({ output, resources: relative('', files.resources) });
    t.is(ran.stdout, await golden(file));
    t.is(ran.stderr, '');
    t.is(ran.exitCode, 1);
  });
}

const exceptedForms = [
  ['table', 'excepted.txt'],
  ['json', 'excepted.json.txt'],
  ['junit', 'excepted.xml'],
  ['sarif', 'excepted.sarif'],
] as const;

for (const [output, file] of exceptedForms) {
  test(`what exceptions excuse, as against the policy without them, is printed as ${output}`, async (t) => {
    const ran = await plan({
      ...{ output, file: [fixture('excepted.yaml')], against: [fixture('production.yaml')] },
      ...{ resources: relative('', files.resources), onlyNamespaces: 'shop' },
    });
    t.is(ran.stdout, await golden(file));
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

for (const [failOn, exitCode] of [
  ['action', 0],
  ['violated', 1],
  ['undecided', 1],
] as const) {
  test(`what is violated and only reported ends with ${exitCode} where the plan is to fail on ${failOn}`, async (t) => {
    t.is((await plan({ file: [fixture('production-old.yaml')], onlyNamespaces: 'kube-*', failOn })).exitCode, exitCode);
  });
}

test('what cannot be told ends with 1 only where the plan is to fail on it', async (t) => {
  const resources = await written(workload('registry.example.com/shop/cart:0.9'));
  t.is((await plan({ resources, failOn: 'violated' })).exitCode, 0);
  t.is((await plan({ resources, failOn: 'undecided' })).exitCode, 1);
});

test('an Xray that does not answer for any image is no plan', async (t) => {
  const resources = await written(workload(`registry.example.com/a@sha256:${'1'.repeat(64)}`));
  const { facts: _facts, ...noFacts } = files;
  const { surroundings, stdout } = captured();
  const env = { ...process.env, KUBEXRAY_XRAY_TOKEN: 'secret' };
  // Port 9 discards; nobody listens there.
  const flags = { file: both, output: 'table', failOn: 'action', ...noFacts, resources, xrayUrl: 'http://127.0.0.1:9' } as const;
  const error = await t.throwsAsync(runPlan(flags, { ...surroundings, env }));
  t.regex(error.message, /^ask Xray about 1 image: .*without --xray-url only --facts says what is known\)$/);
  t.is(stdout(), '');
});

test('a watch that Xray refuses is said once, beside the table, and the plan ends with 2', async (t) => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const xray = await startXray({ images: [{ name: 'shop/a:1', digest }], watches: [{ name: 'legal' }], token: 'secret' });
  t.teardown(xray.close);
  xray.inject({ kind: 'status', status: 403, watch: 'legal' });
  const resources = await written(workload(`registry.example.com/shop/a@${digest}`));
  const rego = 'package own\n\nviolation contains {"msg": "many"} if input.workload.replicas > 100\n';
  const spec = { facts: { watches: ['legal'] }, rules: ['a', 'b'].map((name) => ({ name, rego })) };
  const policy = { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name: 'legal' }, spec };
  const { surroundings, stdout, stderr } = captured(JSON.stringify(policy));
  const env = { ...process.env, KUBEXRAY_XRAY_TOKEN: 'secret' };
  const flags = { file: ['-'], output: 'table', failOn: 'action', namespace: 'kubexray', resources, xrayUrl: xray.url } as const;
  t.is(await runPlan(flags, { ...surroundings, env }), 2);
  t.is(stderr().match(/^kubexray: ask Xray about the watch legal: .*403/gm)?.length, 1, stderr());
  t.regex(stdout(), /legal/);
});

test('a URL of Xray that is none is refused', async (t) => {
  const { surroundings } = captured();
  const flags = { file: both, output: 'table', failOn: 'action', ...files, xrayUrl: 'nonsense' } as const;
  const env = { ...process.env, KUBEXRAY_XRAY_TOKEN: 'secret' };
  const error = await t.throwsAsync(runPlan(flags, { ...surroundings, env }));
  t.is(error.message, 'the URL of Xray is one word; write it as https://example.jfrog.io');
});

test('a rule whose answer is none is said, and the plan ends with 2', async (t) => {
  const text = await readFile(fixture('trial.yaml'), 'utf8');
  // What is wrong can be known from the workload alone: its label is empty.
  const resources = await written(
    workload('registry.example.com/shop/web:3.1').replace('labels: {tier: prod}', 'labels: {app: ""}').replace('name: a,', 'name: api,'),
  );
  const rego = 'package rule\n\nviolation contains {"msg": input.workload.labels.app} if input.workload.name == "api"\n';
  const policy = `${text.slice(0, text.indexOf('  match:'))}  rules:\n    - name: own\n      rego: ${JSON.stringify(rego)}\n`;
  const ran = await plan({ resources, file: ['-'] }, policy);
  t.is(ran.exitCode, 2);
  t.regex(ran.stderr, /^kubexray: rule trial\/own on \S+: an element of `violation` has no text in `msg` \(MalformedAnswer\)/m);
});

test('manifests without any workload are refused', async (t) => {
  const resources = await written('apiVersion: v1\nkind: Service\nmetadata: {name: api}\n');
  const error = await t.throwsAsync(plan({ resources }));
  t.regex(error.message, /^read .*resources\.yaml: there is no workload in it \(Deployment, /);
});

test('what is wrong with manifests is said by file and line, and references that nobody runs too', async (t) => {
  const resources = await written(
    [
      workload('registry.example.com/shop/web:3.1'),
      'apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: b}\n',
      'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: c}\n',
    ].join('---\n'),
  );
  const ran = await plan({ resources, file: [fixture('production-old.yaml')] });
  t.deepEqual(
    ran.stderr
      .replaceAll(resources, 'FILE')
      .split('\n')
      .filter((line) => line !== ''),
    [
      'kubexray: FILE:6: unknown kind Deploymnt is passed over: did you mean Deployment?',
      'kubexray: FILE:10: a Deployment is read in apiVersion apps/v1, so this one in extensions/v1beta1 is passed over',
      'kubexray: no workload runs registry.example.com/shop/api:1.4, registry.example.com/shop/ledger:7.2, registry.example.com/shop/cart:0.9, which the facts are about',
    ],
  );
});

test('that there is no manifest of a namespace is said where a policy reads its labels', async (t) => {
  const resources = await written(workload('registry.example.com/shop/web:3.1'));
  const ran = await plan({ resources });
  t.regex(ran.stderr, /^kubexray: no manifest of 1 namespace \(default\)/m);
});

function workload(image: string): string {
  const pod = `{metadata: {labels: {app: a}}, spec: {containers: [{name: main, image: "${image}"}]}}`;
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, labels: {tier: prod}}\nspec: {selector: {matchLabels: {app: a}}, template: ${pod}}\n`;
}

const folders: string[] = [];
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function written(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubexray-plan-'));
  folders.push(folder);
  await writeFile(join(folder, 'resources.yaml'), text);
  return join(folder, 'resources.yaml');
}

// `kubexray explain` on manifests and recorded facts, with the real compiler. What it prints stands in fixtures-plan/golden.
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { Command } from 'commander';
import { addExplain, type ExplainFlags, runExplain } from '../../src/commands/explain.ts';
import { captured, fixture } from './captured.ts';

const both = [fixture('production.yaml'), fixture('trial.yaml')];
const files = { resources: fixture('manifests'), facts: fixture('facts.yaml'), namespace: 'kubexray' };

async function explain(workload: string, flags: Partial<ExplainFlags> = {}): Promise<string> {
  const { surroundings, stdout } = captured();
  await runExplain(workload, { file: both, output: 'text', traceDetail: 'full', ...files, ...flags }, surroundings);
  return stdout();
}

function golden(name: string): Promise<string> {
  return readFile(fixture(`golden/${name}`), 'utf8');
}

const explained = [
  ['one that would be scaled down', 'deploy/shop/api', 'explain-api.txt'],
  ['one that would be deleted and that a policy is not about', 'sts/shop/ledger', 'explain-ledger.txt'],
  ['one of whose image nothing is known', 'Deployment/shop/cart', 'explain-cart.txt'],
  ['one in a protected namespace', 'deployments/kube-system/proxy', 'explain-proxy.txt'],
] as const;

for (const [what, workload, file] of explained) {
  test(`a workload is explained: ${what}`, async (t) => {
    t.is(await explain(workload), await golden(file));
  });
}

const excepted = [
  ['one whose violations are excepted', 'deploy/shop/api', 'explain-excepted-api.txt'],
  ['one of whose two violations one is excepted', 'ds/shop/agent', 'explain-excepted-agent.txt'],
  ['one whose exception has ended', 'sts/shop/ledger', 'explain-excepted-ledger.txt'],
  ['one whose exception has nothing to excuse', 'deploy/shop/web', 'explain-excepted-web.txt'],
] as const;

for (const [what, workload, file] of excepted) {
  test(`a workload is explained: ${what}`, async (t) => {
    t.is(await explain(workload, { file: [fixture('excepted.yaml')] }), await golden(file));
  });
}

test('an explanation is printed as JSON', async (t) => {
  t.is(await explain('deploy/shop/api', { output: 'json' }), await golden('explain-api.json.txt'));
});

test('a workload is found by its kind in any case', async (t) => {
  t.is(await explain('DEPLOYMENT/shop/api'), await golden('explain-api.txt'));
});

test('of a workload that is not there the nearest names are listed', async (t) => {
  const error = await t.throwsAsync(explain('deploy/shop/crat'));
  t.regex(
    error.message,
    /^find deploy\/shop\/crat: there is no such workload; the nearest are Deployment\/shop\/cart, Deployment\/shop\/api,/,
  );
});

test('a workload is found by the name that kubectl prints', async (t) => {
  t.is(await explain('deployment.apps/shop/api'), await golden('explain-api.txt'));
});

test('a kind that is none is named with those that are', async (t) => {
  const error = await t.throwsAsync(explain('svc/shop/api'));
  t.is(error.message, 'unknown kind `svc`; workloads are deploy, sts, ds, rs, job, cj, po');
});

test('a workload comes before or after --trace, which takes no value', async (t) => {
  const program = new Command().exitOverride();
  addExplain(program);
  const verb = program.commands[0];
  const seen: unknown[] = [];
  verb?.action((workload: string, { trace }: ExplainFlags) => {
    seen.push(workload, trace);
  });
  await program.parseAsync(['explain', '--trace', 'deploy/shop/api'], { from: 'user' });
  t.deepEqual(seen, ['deploy/shop/api', true]);
});

test('without a cluster that is said before a missing Xray', async (t) => {
  const { surroundings } = captured();
  const run = runExplain(
    'deploy/shop/api',
    { output: 'text', traceDetail: 'full', namespace: 'kubexray', kubeconfig: '/nowhere' },
    surroundings,
  );
  const error = await t.throwsAsync(run);
  t.regex(error.message, /^read kubeconfig \/nowhere: /);
});

test('a name without a namespace is refused', async (t) => {
  const error = await t.throwsAsync(explain('deploy/api'));
  t.is(error.message, 'give the workload as KIND/NAMESPACE/NAME, not deploy/api');
});

test('a trace shows the steps of the rule by its own lines', async (t) => {
  const text = await explain('deploy/shop/api', { traceRule: 'no-high' });
  t.true(text.startsWith(await golden('explain-api.txt')));
  t.regex(text, /^TRACE production\/no-high$/m);
  t.regex(text, /^ {2}rule\.rego:\d+ +\| \| Eval image = input\.images\[/m);
  t.notRegex(text, /TRACE production\/no-agpl/);
});

test('a trace takes the parameters of the rule', async (t) => {
  const text = await explain('deploy/shop/api', { traceRule: 'trial/critical-only' });
  t.regex(text, /input\.parameters\.minSeverity .*"Critical"/);
});

test('a trace of what did not hold is shorter', async (t) => {
  const full = await explain('deploy/shop/web', { traceRule: 'no-agpl' });
  const fails = await explain('deploy/shop/web', { traceRule: 'no-agpl', traceDetail: 'fails' });
  t.regex(fails, /\| Fail /);
  t.notRegex(fails, /\| Eval /);
  t.true(fails.length < full.length);
});

test('a trace of every rule that is about the workload', async (t) => {
  const text = await explain('sts/shop/ledger', { trace: true, traceDetail: 'notes' });
  t.deepEqual(text.match(/^TRACE .*$/gm), ['TRACE production/no-high', 'TRACE production/no-agpl']);
  t.regex(text, /nothing: the rule prints no notes/);
});

test('a trace of a rule that is not there names those that are', async (t) => {
  const { surroundings, stdout } = captured();
  const flags = { file: both, output: 'text', traceDetail: 'full', ...files, traceRule: 'no-hihg' } as const;
  const error = await t.throwsAsync(runExplain('deploy/shop/api', flags, surroundings));
  t.is(stdout(), '');
  t.is(error.message, '--trace-rule no-hihg: the rules are production/no-high, production/no-agpl, trial/critical-only');
});

test('without policies it is said that there are none', async (t) => {
  const { surroundings, stdout } = captured();
  await runExplain('deploy/shop/api', { output: 'text', traceDetail: 'full', ...files }, surroundings);
  t.regex(stdout(), /^Nothing is done: there are no policies\.$/m);
});

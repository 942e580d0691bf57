// `kubexray init`, once as a child: what it writes passes `check` and `test`, and it never writes over anything.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import test from 'ava';
import { parse } from 'yaml';
import { runCheck } from '../../src/commands/check.ts';
import { runInit } from '../../src/commands/init.ts';
import { ruleNames } from '../../src/commands/rule-template.ts';
import { runTest } from '../../src/commands/test.ts';
import { isJsonObject } from '../../src/facts/json.ts';
import { captured } from './captured.ts';
import { runKubexray } from './test-command.ts';

const folder = await mkdtemp(join(tmpdir(), 'kubexray-init-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

test('a new rule passes check and test, with all of its lines reached', async (t) => {
  const written = await runKubexray(['init', 'Fixable issues!'], folder);
  t.deepEqual({ code: written.code, stderr: written.stderr }, { code: 0, stderr: '' });
  t.is(
    written.stdout,
    `wrote Fixable issues!/rule.yaml
wrote Fixable issues!/rule.rego
wrote Fixable issues!/cases/example.yaml
wrote Fixable issues!/example_test.rego
wrote Fixable issues!/policy.yaml

Change rule.rego and its cases, then:
  kubexray check 'Fixable issues!'    what is wrong with it, as the cluster would say
  kubexray test 'Fixable issues!'     whether its cases and tests hold
  kubectl apply -f 'Fixable issues!'/policy.yaml    try it in a cluster, in DryRun (copy rule.rego into it first)
`,
  );
  const rule = join(folder, 'Fixable issues!');
  const { surroundings, stdout, stderr } = captured();
  const stdin = Readable.from([]);
  t.is(await runCheck([rule, join(rule, 'policy.yaml')], { output: 'text' }, { ...surroundings, stdin }), 0, stdout());
  t.is(stdout(), '1 policy, 2 rules checked, no problems\n');
  t.is(await runTest([rule], { output: 'text', threshold: '100' }, surroundings), 0);
  t.true(stdout().endsWith('✔ Fixable issues!: 4 cases, 1 test, 100% of the lines\n\n1 rule, 5 passed, 0 failed\n'), stdout());
  // On a busy machine it says that it is at work.
  t.is(stderr().replace(/^checking .*\n/, ''), '');
});

test('started by npm of another folder, it writes where the caller stands', async (t) => {
  const caller = await mkdtemp(join(folder, 'caller-'));
  const repository = join(import.meta.dirname, '../..');
  await promisify(execFile)('npm', ['run', '-s', '--prefix', repository, 'kubexray', '--', 'init', 'by-npm'], { cwd: caller });
  t.deepEqual(await readdir(caller), ['by-npm']);
});

test('a file is not taken for a folder', async (t) => {
  await writeFile(join(folder, 'a-file'), '');
  const file = join(folder, 'a-file');
  const error = await t.throwsAsync(runInit(file, captured().surroundings.stdout));
  t.is(error.message, `write ${file}/rule.yaml: a file of that name, or of the name of its folder, is there already`);
});

test('the policy has the text of the rule', async (t) => {
  await runInit(join(folder, 'same-text'), captured().surroundings.stdout);
  const policy: unknown = parse(await readFile(join(folder, 'same-text/policy.yaml'), 'utf8'));
  const rule = await readFile(join(folder, 'same-text/rule.rego'), 'utf8');
  t.true(isJsonObject(policy) && isJsonObject(policy.spec) && Array.isArray(policy.spec.rules) && policy.spec.rules[0].rego === rule);
});

test('nothing is written over, and nothing is written beside it', async (t) => {
  const directory = await mkdtemp(join(folder, 'taken-'));
  await writeFile(join(directory, 'policy.yaml'), 'mine');
  const run = await runKubexray(['init', '.'], directory);
  t.deepEqual(run, { code: 2, stdout: '', stderr: 'kubexray: write policy.yaml: it is there already, and is not overwritten\n' });
  t.deepEqual(await readdir(directory), ['policy.yaml']);
});

const names: readonly (readonly [string, string, string])[] = [
  ['no-latest', 'no_latest', 'no-latest'],
  ['No Latest (2)', 'no_latest_2', 'no-latest-2'],
  ['2fast', 'rule_2fast', 'rule-2fast'],
  ['import', 'rule_import', 'rule-import'],
  ['kubexray', 'rule_kubexray', 'rule-kubexray'],
  ['Ärger', 'rger', 'rger'],
  ['中文', 'rule', 'rule'],
  [`${'a'.repeat(49)} b`, 'a'.repeat(49), 'a'.repeat(49)],
];

for (const [given, packageName, policyName] of names) {
  test(`a folder ${given} gives the package ${packageName}`, (t) => {
    t.deepEqual(ruleNames(given), { packageName, policyName });
  });
}

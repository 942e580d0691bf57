// `kubexray test` on folders with rules: what it writes, word by word, and its exit codes; twice as a child.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runTest, type TestFlags } from '../../src/commands/test.ts';
import { captured } from './captured.ts';
import { type CommandRun, runKubexray } from './test-command.ts';

const fixtures = join(import.meta.dirname, 'fixtures-test');

/** Runs the verb on folders of the fixtures; what it writes is as if it were called there. */
async function testIn(folders: readonly string[], flags: Partial<TestFlags> = {}): Promise<CommandRun> {
  const { surroundings, stdout, stderr } = captured();
  const directories = folders.map((name) => join(fixtures, name));
  const code = await runTest(directories, { output: 'text', ...flags }, surroundings);
  const fromThere = (text: string): string => text.replaceAll(`${fixtures}/`, '');
  return { code, stdout: fromThere(stdout()), stderr: fromThere(stderr()) };
}

test('a difference is told by what is wanted and what is there, a failing test with its values and prints', async (t) => {
  const { code, stdout, stderr } = await testIn(['failing']);
  t.deepEqual({ code, stderr }, { code: 1, stderr: '' });
  t.is(
    stdout,
    `✘ failing: 7 cases, 4 tests, 8 failed, 1 skipped, 72.7% of the lines
  ✘ failing/cases/differences.yaml:5: another verdict than wanted
      it is violated, wanted is passed
      + violation {msg: "docker.io/nginx:1 is from docker.io", image: "docker.io/nginx:1", severity: "high"}
      note: Whoever reads of the failure wants to know why this case is there.
  ✘ failing/cases/differences.yaml:10: one violation differs in two fields, one is not there, one is not wanted
      a violation differs (- wanted, + got):
          image: docker.io/nginx:1
        - severity: critical
        + severity: high
        - license: MIT
        + license: (none)
          msg: docker.io/nginx:1 is from docker.io
      + violation {msg: "quay.io/redis:1 is from quay.io", image: "quay.io/redis:1", severity: "high"}
  ✘ failing/cases/differences.yaml:20: more is wanted than there is
      - violation {severity: "high"}
  ✘ failing/cases/differences.yaml:24: other reasons than wanted
      - undecided "b:1: not scanned"
  ✘ failing/cases/differences.yaml:28: the image of a violation is not one of the workload
      a violation names the image nowhere, which the workload does not run
  ✘ failing/cases/differences.yaml:32: an answer that is malformed is not an undecided one
      the engine would not accept the answer: an element of \`violation\` has no text in \`msg\`
  ✘ failing/failing_test.rego:7: failing_test.test_fails
      print: wanted are none
      failing_test.rego:9:
        \tcount(failing.violation) == 0 with input as {"images": [{"ref": "a", "registry": "b"}], "parameters": {"registries": []}}
        \t|     |
        \t|     {{"image": "a", "msg": "a is from b", "severity": "high"}}
        \t1
  ✘ failing/failing_test.rego:12: failing_test.test_each
      two: FAIL
          failing_test.rego:14:
            \twanted == 1
            \t|
            \t2
  not reached in failing/rule.rego: lines 19-21

1 rule, 2 passed, 8 failed, 1 skipped
`,
  );
});

test('what in a file of cases is no case is told with its line, and nothing is evaluated', async (t) => {
  const { code, stdout, stderr } = await testIn(['mistakes']);
  t.deepEqual({ code, stderr }, { code: 1, stderr: '' });
  t.is(
    stdout.replace(/(nowhere\.json: ).*/, '$1…'),
    `✘ mistakes: 18 problems
  mistakes/cases/mistakes.yaml:2: inputs is not a known field (did you mean \`input\`? there is name, note, parameters, input, recorded, want)
  mistakes/cases/mistakes.yaml:10: want.violations[0].imgae is not a known field (did you mean \`image\`? there is msg, image, issue, license, component, severity)
  mistakes/cases/mistakes.yaml:16: input.images[0].isues is not a known field (did you mean \`issues\`? there is ref, registry, repository, tag, digest, digestKind, index, containers, pods, current, firstSeenAt, state, scannedAt, stale, issues, licenses, operationalRisks, violations)
  mistakes/cases/mistakes.yaml:22: input.images[0].issues[0].severity must be one of critical, high, medium, low, information, unknown
  mistakes/cases/mistakes.yaml:23: input.images[0].issues[0].cvss is of another type
  mistakes/cases/mistakes.yaml:28: parameters.registries[0] must be string
  mistakes/cases/mistakes.yaml:32: parameters.registry is not a parameter of mistakes (it has registries)
  mistakes/cases/mistakes.yaml:35: "unknown parameter" is the name of an earlier case
  mistakes/cases/mistakes.yaml:36: recorded.workload must be Kind/namespace/name
  mistakes/cases/mistakes.yaml:37: want.verdict must be one of passed, violated, undecided
  mistakes/cases/mistakes.yaml:38: give exactly one of \`input\` and \`recorded\`
  mistakes/cases/mistakes.yaml:41: input.images[0].state must be one of scanned, unscanned, unavailable, unidentifiable
  mistakes/cases/mistakes.yaml:41: input.now must be a time such as 2026-11-23T10:00:00Z
  mistakes/cases/mistakes.yaml:45: \`parameters\` stand beside \`input\`, not in it
  mistakes/cases/mistakes.yaml:48: input.images must be array
  mistakes/cases/mistakes.yaml:51: read mistakes/cases/nowhere.json: …
  mistakes/cases/no-list.yaml:1: it must be a list of cases: \`- name: …\`
  mistakes/cases/syntax.yaml:2:20: Flow sequence in block collection must be sufficiently indented and end with a ]

1 rule, 0 passed, 0 failed, 18 problems
`,
  );
});

test('a rule that never ends is ended and named, and its other cases are run', async (t) => {
  t.deepEqual(await testIn(['hanging']), {
    code: 1,
    stdout: `✘ hanging: 3 cases, 1 failed
  ✘ hanging/cases/hanging.yaml:4: hangs
      the rule gave no answer: DeadlineExceeded, hanging: the evaluation did not end within 2001 ms

1 rule, 2 passed, 1 failed
`,
    stderr: '',
  });
});

test('a rule without any case is not proven, and one that does not compile is not run', async (t) => {
  t.deepEqual(await testIn(['empty', 'broken']), {
    code: 1,
    stdout: `✘ empty: 1 problem
  empty: no case: it has neither cases/*.yaml with a case in it nor *_test.rego
✘ broken: 1 problem
  broken/rule.rego:3:30: undefined ref: input.workload.podz (did you mean \`pods\`? there is annotations, apiVersion, kind, labels, name, namespace, namespaceLabels, ownedBy, pods, replicas, uid)

2 rules, 0 passed, 0 failed, 2 problems
`,
    stderr: '',
  });
});

test('a case can be about a workload of a snapshot', async (t) => {
  const { code, stdout } = await testIn(['recorded'], { verbose: true });
  t.is(
    stdout,
    '✔ recorded: 1 case, 100% of the lines\n  ✔ recorded/cases/shop.yaml:1: what ran in the shop\n\n1 rule, 1 passed, 0 failed\n',
  );
  t.is(code, 0);
});

test('with --quiet nothing is written when nothing failed', async (t) => {
  t.deepEqual(await testIn(['recorded'], { quiet: true }), { code: 0, stdout: '', stderr: '' });
});

test('too few lines reached fail where a threshold is given', async (t) => {
  t.deepEqual(await testIn(['sparse'], { threshold: '90' }), {
    code: 1,
    stdout: `✘ sparse: 1 problem, 1 case, 50% of the lines
  sparse/rule.rego: 50% of the lines is reached, and the threshold is 90%
  not reached in sparse/rule.rego: lines 3-4

1 rule, 1 passed, 0 failed, 1 problem
`,
    stderr: '',
  });
  t.is((await testIn(['sparse'], { threshold: '50' })).code, 0);
});

test('a test has the builtins that a rule has, and what is wrong is told with its place', async (t) => {
  const { code, stdout } = await testIn(['bad-test']);
  t.is(code, 1);
  t.is(
    stdout,
    `✘ bad-test: 1 problem
  bad-test/bad_test.rego:7:2: the builtin http.send is not available to rules: a rule reads nothing but its input

1 rule, 0 passed, 0 failed, 1 problem
`,
  );
});

test('as a command, from the folder where the author stands, JSON has every result with its place', async (t) => {
  const { code, stdout, stderr } = await runKubexray(['test', 'sparse', '-o', 'json', '--threshold', '50'], fixtures);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const { rules, passed } = JSON.parse(stdout);
  t.true(passed);
  t.like(rules[0], {
    ...{ name: 'sparse', directory: 'sparse', problems: [], coverage: { percent: 50, notCovered: [{ start: 3, end: 4 }] } },
    results: [{ kind: 'case', name: 'passes', file: 'sparse/cases/sparse.yaml', line: 1, outcome: 'passed', details: [] }],
  });
});

test('JUnit has a suite for each rule, and problems as failed cases', async (t) => {
  const { code, stdout } = await testIn(['empty', 'hanging'], { output: 'junit' });
  t.is(code, 1);
  t.is(
    stdout.replaceAll(/ time="[\d.]+"/g, ''),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="2" skipped="0">
  <testsuite name="empty" tests="1" failures="1" skipped="0">
    <testcase name="empty" classname="empty">
      <failure message="no case: it has neither cases/*.yaml with a case in it nor *_test.rego">empty: no case: it has neither cases/*.yaml with a case in it nor *_test.rego</failure>
    </testcase>
  </testsuite>
  <testsuite name="hanging" tests="3" failures="1" skipped="0">
    <testcase name="passes" classname="hanging"/>
    <testcase name="hangs" classname="hanging">
      <failure message="the rule gave no answer: DeadlineExceeded, hanging: the evaluation did not end within 2001 ms">hanging/cases/hanging.yaml:4&#10;the rule gave no answer: DeadlineExceeded, hanging: the evaluation did not end within 2001 ms</failure>
    </testcase>
    <testcase name="passes again" classname="hanging"/>
  </testsuite>
</testsuites>
`,
  );
});

test('what cannot be found out is an error of one line, and ends the command with 2', async (t) => {
  t.deepEqual(await runKubexray(['test', 'nowhere'], fixtures), {
    ...{ code: 2, stdout: '' },
    stderr: 'kubexray: read the folder nowhere: there is no such file or folder\n',
  });
  const empty = await mkdtemp(join(tmpdir(), 'kubexray-test-'));
  t.teardown(() => rm(empty, { recursive: true }));
  const messageOf = async (run: Promise<unknown>): Promise<string> => (await t.throwsAsync(run)).message;
  t.is(
    await messageOf(runTest([empty], { output: 'text' }, captured().surroundings)),
    `find rules in ${empty}: no folder in it has a rule.rego`,
  );
  t.is(await messageOf(testIn(['sparse'], { threshold: 'all' })), '--threshold must be a number from 0 to 100, not all');
  t.is(await messageOf(testIn(['sparse'], { quiet: true, verbose: true })), 'give --verbose or --quiet, not both');
});

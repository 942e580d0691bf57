// `kubexray check` on typical mistakes: what it prints, byte for byte, and its exit code.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runCheck } from '../../src/commands/check.ts';
import { now } from '../builders/fact.ts';

const folder = 'test/commands/fixtures/check';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  readonly output?: 'text' | 'json' | 'sarif';
  readonly stdin?: string;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

async function check(paths: readonly string[], { output = 'text', stdin = '', isTTY = false, env = {} }: Given = {}): Promise<Run> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await runCheck(
    paths,
    { output },
    {
      stdout: { isTTY, write: (text) => stdout.push(text) },
      stderr: { write: (text) => stderr.push(text) },
      stdin: (async function* () {
        yield stdin;
      })(),
      now: () => now,
      env: { ...process.env, NO_COLOR: '', ...env },
    },
  );
  // On a busy machine it says that it is at work.
  return { code, stdout: stdout.join(''), stderr: stderr.join('').replace(/^checking .*\n/m, '') };
}

/** What the policy has, its file, the exit code. */
const policies: readonly (readonly [string, string, number])[] = [
  ['nothing wrong', 'right', 0],
  ['an exception that has ended', 'ended', 0],
  ['exceptions that the API server refuses', 'exceptions', 1],
  ['fields and words that the API server refuses', 'fields', 1],
  ['parameters that do not fit', 'parameters', 1],
  ['a field and a state that images do not have', 'misspelt', 1],
  ['rules in every style of YAML text', 'styles', 1],
  ['rules in the syntax and with the names of older Rego', 'v0', 1],
  ['a brace that is not closed', 'brace', 1],
  ['functions that there are not', 'builtins', 1],
  ['imports and variables that nobody uses', 'unused', 1],
  ['rules about violations where it names no watch', 'watches', 1],
  ['an answer without text', 'answer', 1],
  ['violations without a text, that no input of ours makes happen', 'heads', 1],
  ['broken YAML', 'syntax', 1],
  ['a rule that is not a block of text', 'block', 1],
  ['kinds that are nearly that of policies', 'kinds', 1],
];

for (const [what, name, code] of policies) {
  test(`a policy with ${what} is answered as a compiler would`, async (t) => {
    const run = await check([`${folder}/${name}.yaml`]);
    t.is(run.stdout, await readFile(`${folder}/${name}.txt`, 'utf8'));
    t.is(run.code, code);
    t.is(run.stderr, '');
  });
}

test('folders are searched for rules, which policies beside them may use', async (t) => {
  const run = await check([`${folder}/several.yaml`, `${folder}/rules`]);
  t.is(run.stdout, await readFile(`${folder}/several.txt`, 'utf8'));
  t.is(run.code, 1);
  t.is(run.stderr, `note: ${folder}/several.yaml: Namespace shop is passed over\n`);
});

test('a policy.yaml beside a rule is warned about when it has an older text of it', async (t) => {
  const run = await check([`${folder}/copied`]);
  t.is(run.stdout, await readFile(`${folder}/copied.txt`, 'utf8'));
  t.is(run.code, 0);
});

test('the policies in the folder of a rule are checked too, each once, however it is named', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-check-'));
  try {
    await writeFile(join(directory, 'rule.rego'), 'package own\n\nviolation contains "a" if count(input.images) > 99\n');
    const policy = join(directory, 'policy.yaml');
    await writeFile(policy, (await readFile(`${folder}/right.yaml`, 'utf8')).replace('mode: Enforce', 'mode: Dry'));
    const run = await check([directory, policy]);
    t.true(run.stdout.startsWith(`${policy}:`), run.stdout);
    t.true(run.stdout.endsWith('1 policy, 3 rules checked, 1 problem\n'), run.stdout);
    t.is(run.code, 1);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a file that is no text does not keep the others of its folder from being checked', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-check-'));
  try {
    await writeFile(join(directory, 'a.yaml'), Uint8Array.of(0xff, 0xfe, 0));
    await copyFile(`${folder}/right.yaml`, join(directory, 'b.yaml'));
    const run = await check([directory]);
    t.is(run.stdout, `${directory}/a.yaml:1:1: error: it is not UTF-8 text\n\n1 policy, 2 rules checked, 1 problem\n`);
    t.is(run.code, 1);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the library rules have no problems', async (t) => {
  const run = await check(['policies']);
  t.is(run.code, 0);
  t.regex(run.stdout, /^\d+ rules checked, no problems\n$/);
});

test('a rule that reads violations has no problems on its own, and in a policy it asks for watches', async (t) => {
  const rule = `${folder}/reading`;
  t.is((await check([rule])).stdout, '1 rule checked, no problems\n');
  const policy = (watches: string) => `
apiVersion: kubexray.io/v1alpha1
kind: KubeXrayPolicy
metadata: {name: all}
spec:
  facts: {watches: [${watches}]}
  rules: [{name: all, use: reading}]
`;
  const found = async (watches: string): Promise<unknown> => {
    const run = await check(['-', rule], { output: 'json', stdin: policy(watches) });
    return JSON.parse(run.stdout).map(({ line, reason, severity, message }: Record<string, unknown>) => [line, severity, reason, message]);
  };
  const notThere = [7, 'warning', 'RuleNotInLibrary', 'no cluster has this rule: put its text into `rego`'];
  t.deepEqual(await found(''), [[7, 'error', 'NoWatches', 'use: facts.watches of the policy names no watch of Xray'], notThere]);
  t.deepEqual(await found('legal'), [notThere]);
});

test('a misspelt parameter in what a rule says of violations is found at its place', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-check-'));
  try {
    await copyFile(`${folder}/reading/rule.rego`, join(directory, 'rule.rego'));
    const properties = '{limit: {type: integer, default: 0}}';
    const yaml = `title: A\nreadsViolations: {limt: 1}\nparameters: {type: object, additionalProperties: false, properties: ${properties}}\n`;
    await writeFile(join(directory, 'rule.yaml'), yaml);
    const run = await check([directory]);
    t.is(
      run.stdout,
      `${directory}/rule.yaml:2:19: error: readsViolations.limt: is not a parameter of the rule
  readsViolations: {limt: 1}
                    ^
hint: did you mean \`limit\`?

1 rule checked, 1 problem
`,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a bare file of Rego is a rule without parameters', async (t) => {
  const run = await check([`${folder}/bare.rego`]);
  t.is(
    run.stdout,
    `${folder}/bare.rego:3:27: error: undefined ref: input.parameters.registry
  violation contains "a" if input.parameters.registry == "b"
                            ^
hint: the rule has none: give it \`parameters\` in the policy

1 rule checked, 1 problem
`,
  );
});

test('standard input is read, and problems are printed as JSON', async (t) => {
  const run = await check(['-'], { output: 'json', stdin: await readFile(`${folder}/brace.yaml`, 'utf8') });
  t.is(run.code, 1);
  t.deepEqual(JSON.parse(run.stdout), [
    {
      ...{ file: '<stdin>', line: 10, column: 35, severity: 'error', reason: 'ParseError', message: 'this `{` is not closed' },
      hint: 'it is still open at `undecided contains "b" if count(input.images) == 0`',
      ...{ policy: 'production', rule: 'open' },
    },
  ]);
});

test('no problems are an empty list', async (t) => {
  const run = await check([`${folder}/right.yaml`], { output: 'json' });
  t.is(run.stdout, '[]\n');
});

test('SARIF has the place and the rule', async (t) => {
  const run = await check([`./${folder}/brace.yaml`], { output: 'sarif' });
  t.like(JSON.parse(run.stdout), {
    runs: [
      {
        results: [
          {
            ruleId: 'ParseError',
            level: 'error',
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: `${folder}/brace.yaml` }, region: { startLine: 10, startColumn: 35 } },
                logicalLocations: [{ fullyQualifiedName: 'production/open' }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test('colors are for terminals, and not for those who do not want them', async (t) => {
  const paths = [`${folder}/brace.yaml`];
  t.true((await check(paths, { isTTY: true })).stdout.includes('\u001b[31m'));
  t.false((await check(paths, { isTTY: true, env: { NO_COLOR: '1' } })).stdout.includes('\u001b'));
  t.false((await check(paths)).stdout.includes('\u001b'));
});

test('a List of policies, as kubectl prints it, is read', async (t) => {
  const policy = { apiVersion: 'kubexray.io/v1alpha1', kind: 'KubeXrayPolicy', metadata: { name: 'a' }, spec: { mode: 'x' } };
  const run = await check(['-'], {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy] }, undefined, 1),
    output: 'json',
  });
  t.like(JSON.parse(run.stdout)[0], { line: 11, policy: 'a', message: 'spec.rules is missing' });
});

/** What cannot be checked, the path, what is said. */
const impossible: readonly (readonly [string, string, RegExp])[] = [
  ['a file that is not there', `${folder}/nothing.yaml`, /^read .*nothing\.yaml: there is no such file or folder$/],
  ['a file below a file', `${folder}/right.yaml/x`, /^read .*right\.yaml\/x: it is, or is below, a file, and a folder is wanted$/],
  ['a folder without policies and rules', 'test/builders', /^check test\/builders: there is no KubeXrayPolicy and no rule$/],
  ['standard input without policies', '-', /^check -: there is no KubeXrayPolicy and no rule$/],
];

for (const [what, path, message] of impossible) {
  test(`${what} cannot be checked`, async (t) => {
    t.regex((await t.throwsAsync(check([path]))).message, message);
  });
}

// What the compiler says an author should do about a mistake, and which mistakes it finds that opa does not.
import test from 'ava';
import { realCompiler } from './real-compiler.ts';

const { check } = await realCompiler();

/** The mistake, a body of a rule, and what is said about it: place, message, hint. */
const bodies: readonly (readonly [string, string, readonly [string, string, string | undefined]])[] = [
  ['a misspelt input', 'inpt.now == "b"', ['4:3', 'var inpt is unsafe', 'did you mean `input`? nothing gives inpt a value']],
  [
    'a text without quotes',
    'input.images[0].tag == latest',
    [
      ...(['4:3', 'var latest is unsafe'] as const),
      'nothing gives it a value: write `latest := …` or `some latest in …`, or quotes around it if it is a text',
    ],
  ],
  [
    'something open within not',
    'not input.images[_].current',
    ['4:3', 'var _ is unsafe', 'within `not` nothing may be left open: take it out with `some x in …` before, or into a rule of its own'],
  ],
  ['a misspelt builtin', 'startwith(input.now, "2")', ['4:3', 'undefined function startwith', 'did you mean `startswith`?']],
  ['a misspelt function of the rule', 'ourt(input.now)', ['4:3', 'undefined function ourt', 'did you mean `ours`?']],
  ['null, which a text never is', 'input.images[0].tag == null', ['4:3', 'match error', 'a text never equals null']],
  [
    'an argument of another type',
    'startswith(input.workload.replicas, "b")',
    [...(['4:3', 'startswith: invalid argument(s)'] as const), 'startswith takes (a text, a text), and is given (a number, a text)'],
  ],
  [
    'a field of a number',
    'input.workload.replicas.max > 1',
    ['4:3', 'undefined ref: input.workload.replicas.max', 'replicas is a number, which has no fields'],
  ],
  [
    'some without in',
    'some image input.images',
    ['4:14', 'unexpected identifier token: expected \\n or ; or }', 'write `some image in input.images`'],
  ],
  ['single quotes', "input.now == 'a'", ['4:16', 'illegal token', 'texts stand in double quotes']],
  ['a variable that nobody uses', 'unused := 1', ['4:3', 'assigned var unused unused', 'remove it']],
  [
    'a state that no image has',
    'input.images[_].state == "scaned"',
    ['4:28', 'state is never "scaned"', 'did you mean `scanned`? there is scanned, unscanned, unavailable, unidentifiable'],
  ],
];

for (const [what, body, expected] of bodies) {
  test(`${what} is answered with what to do`, async (t) => {
    const [first] = await check(`package x\n\nviolation contains "a" if {\n  ${body}\n  ours(input.now)\n}\n\nours(now) if now == "b"\n`);
    t.deepEqual([`${first?.line}:${first?.column}`, first?.message, first?.hint], expected);
  });
}

test('a brace that is not closed is shown itself, not the next rule', async (t) => {
  const rego =
    'package x\n\nviolation contains $"{input.now} \\{" if {\n  input.now == "}"\n\nundecided contains "b" if input.now == "c"\n';
  t.deepEqual(await check(rego), [
    {
      ...{ reason: 'ParseError', message: 'this `{` is not closed', line: 3, column: 41 },
      hint: 'it is still open at `undecided contains "b" if input.now == "c"`',
    },
  ]);
});

test('a brace that is not closed before the end is shown itself', async (t) => {
  t.deepEqual(await check('package x\n\nviolation contains "a" if { # }\n  input.now == `}`\n'), [
    { reason: 'ParseError', message: 'this `{` is not closed', hint: 'it is still open at the end of the text', line: 3, column: 27 },
  ]);
});

test('names that the library does not have are found, functions and others, by import and in full', async (t) => {
  const rego = `package x

import data.kubexray.lib as l

violation contains "a" if l.matchs(["a"], "b")
violation contains "b" if data.kubexray.lib.severites["a"]
violation contains "c" if l.severities["high"]
`;
  const problems = await check(rego);
  t.deepEqual(
    problems.map(({ line, column, message, hint }) => [line, column, message, hint?.replace(/ there is .*/, '')]),
    [
      [5, 27, 'data.kubexray.lib has no matchs', 'did you mean `matches`?'],
      [6, 27, 'data.kubexray.lib has no severites', 'did you mean `severities`?'],
    ],
  );
});

test('of a thousand mistakes all are told, and the first have hints', async (t) => {
  const names = Array.from({ length: 1000 }, (_, index) => `violation contains variable${index}`);
  const problems = await check(`package x\n${names.join('\n')}\n`);
  t.is(problems.length, 1000);
  t.is(problems.filter(({ hint }) => hint !== undefined).length, 50);
});

test('words are checked where a variable is a part of the input, however deep', async (t) => {
  const rego = `package x

violation contains "a" if {
  some image in input.images
  some issue in image.issues
  "High" == issue.severity
  every container in image.containers { container.type != "initial" }
  risks := image.operationalRisks
  risks[_].risk == "hi"
}
`;
  const problems = await check(rego);
  t.deepEqual(
    problems.map(({ line, message, hint }) => [line, message, hint?.replace(/ there is .*/, '')]),
    [
      [6, 'severity is never "High"', 'did you mean `high`?'],
      [7, 'type is never "initial"', 'there is container, init, ephemeral'],
      [9, 'risk is never "hi"', 'there is high, medium, low, none, unknown'],
    ],
  );
});

test('words are left alone where it is not certain that they are of the input', async (t) => {
  const rego = `package x

violation contains "a" if {
  some image in input.images
  image.state == "scanned"
  limit(image).state == "any"
  some thing in [{"state": "any"}]
  thing.state == "any"
  of_mine({"state": "mine"})
}

violation contains "b" if {
  some thing in input.images
  thing.state == "any"
}

of_mine(image) if image.state == "mine"

limit(_) := {"state": "any"}
`;
  t.deepEqual(await check(rego), []);
});

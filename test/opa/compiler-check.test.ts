// What the compiler finds wrong with a rule, and where: in the author's own lines and columns.
import test from 'ava';
import { realCompiler } from './real-compiler.ts';

const { check, compiler, inline, library } = await realCompiler();

test('a right rule has no problems', async (t) => {
  const rego = `package our_registry

violation contains {"msg": $"{image.ref} is not from our registry", "image": image.ref} if {
  some image in input.images
  image.registry != input.parameters.registry
}

undecided contains "nothing runs" if count(input.images) == 0
`;
  t.deepEqual(await check(rego, { registry: 'registry.example.com' }), []);
});

test('a syntax error has its line and column', async (t) => {
  const problems = await check('package x\n\nviolation contains "a" if {\n  input.now ==\n}\n');
  t.like(problems[0], { reason: 'ParseError', line: 5, column: 1 });
});

test('syntax of Rego v0 is refused with a hint at v1', async (t) => {
  const [first] = await check('package x\n\nviolation[{"msg": msg}] { msg := "a" }\n');
  t.like(first, {
    reason: 'ParseError',
    line: 3,
    column: 1,
    message: '`if` keyword is required before rule body',
    hint: 'this is Rego v0, write `violation contains {"msg": …} if { … }`',
  });
});

test('an empty text is refused', async (t) => {
  t.deepEqual(await check(''), [{ reason: 'ParseError', message: 'empty module' }]);
});

test('a misspelt field of the input is found, and the right ones are named', async (t) => {
  const problems = await check('package x\n\nviolation contains "a" if {\n  some image in input.images\n  image.reff == "b"\n}\n');
  t.is(problems.length, 1);
  t.like(problems[0], { reason: 'TypeError', line: 5, column: 3, message: 'undefined ref: image.reff' });
  t.regex(problems[0]?.hint ?? '', /^did you mean `ref`\? there is .*\bdigest\b/);
});

test('a misspelt parameter is found', async (t) => {
  const problems = await check('package x\nviolation contains "a" if input.parameters.registri == "b"\n', { registry: 'a' });
  t.deepEqual(problems, [
    {
      ...{ reason: 'TypeError', message: 'undefined ref: input.parameters.registri', line: 2, column: 27 },
      hint: 'did you mean `registry`?',
    },
  ]);
});

test('a parameter of a rule that has none is found', async (t) => {
  const [problem] = await check('package x\nviolation contains "a" if input.parameters.registry == "b"\n');
  const hint = 'the rule has none: give it `parameters` in the policy';
  t.like(problem, { reason: 'TypeError', line: 2, column: 27, hint });
});

test('what watches found cannot be referred to where the policy names no watch, and the author is told where and what to do', async (t) => {
  const rego = `package x

import input.images as pictures

violation contains v.issue if {
  some image in input.images
  some v in image.violations
}
violation contains "b" if input.images[_]["violations"][_].severity == "high"
violation contains "c" if count(pictures[0].violations) > 0
violation contains "d" if "prod" in input.watches
violation contains "e" if input.workload.violations
violation contains "f" if input.images[0].violation
undecided contains "g" if not input.watches[0]
`;
  const problems = await compiler.check({ ...inline(rego), watches: [] });
  const hint = 'the policy names no watch of Xray: name watches in facts.watches';
  t.deepEqual(
    problems.map(({ line, column, message, hint: told }) => [`${line}:${column}`, message, told === hint]),
    [
      ['7:13', 'undefined ref: image.violations[_]', true],
      ['9:27', 'undefined ref: input.images[_].violations[_].severity', true],
      ['10:33', 'undefined ref: input.images[0].violations', true],
      ['11:37', 'undefined ref: input.watches', true],
      ['12:27', 'undefined ref: input.workload.violations', false],
      ['13:27', 'undefined ref: input.images[0].violation', false],
      ['14:31', 'undefined ref: input.watches[0]', true],
    ],
  );
});

test('of a policy with watches, and without a policy, violations can be referred to', async (t) => {
  const rego = 'package x\nviolation contains input.watches[0] if count(input.images[0].violations) > 0\n';
  t.deepEqual(await compiler.check({ ...inline(rego), watches: ['prod'] }), []);
  t.deepEqual(await check(rego), []);
  t.like((await compiler.check({ ...inline('package x\nviolation contains "a" if input.wtches\n'), watches: ['prod'] }))[0], {
    hint: 'did you mean `watches`? there is apiVersion, images, now, watches, workload',
  });
});

test('an argument of the wrong type is found', async (t) => {
  const [problem] = await check('package x\nviolation contains "a" if startswith(input.workload.replicas, "b")\n');
  t.like(problem, { reason: 'TypeError', line: 2, column: 27 });
});

test('a score that may be null can be compared with null', async (t) => {
  const rego = 'package x\nviolation contains issue.id if {\n  some issue in input.images[_].issues\n  issue.cvss == null\n}\n';
  t.deepEqual(await check(rego), []);
});

test('network, clock and what no rule needs are refused with what to write instead', async (t) => {
  const rego = `package x
violation contains "a" if http.send({"method": "get", "url": "http://localhost"}).status_code == 200
violation contains "b" if time.now_ns() > 0
violation contains "c" if net.cidr_expand("10.0.0.0/8") == {"10.0.0.1"}
violation contains "d" if helper("a")
`;
  t.deepEqual(
    (await check(rego)).map(({ reason, message, hint, line, column }) => [reason, `${line}:${column}`, message, hint]),
    [
      ['BuiltinRefused', '2:27', 'the builtin http.send is not available to rules', 'a rule reads nothing but its input'],
      [
        ...['BuiltinRefused', '3:27', 'the builtin time.now_ns is not available to rules'],
        'use input.now, an RFC 3339 text; data.kubexray.lib.older_than compares times',
      ],
      [
        ...['BuiltinRefused', '4:27', 'the builtin net.cidr_expand is not available to rules'],
        'use net.cidr_contains, which needs no list of addresses',
      ],
      ['TypeError', '5:27', 'undefined function helper', undefined],
    ],
  );
});

test('a rule without violation is refused at its package', async (t) => {
  t.deepEqual(await check('# ours\npackage x\n\nallowed := true\n'), [
    { reason: 'NoViolation', message: 'there is no rule `violation`', line: 2, column: 9 },
  ]);
});

test('deny is to be renamed', async (t) => {
  t.deepEqual(await check('package x\n\ndeny contains "a" if input.now == "b"\n'), [
    { reason: 'NoViolation', message: 'rename `deny` to `violation`', line: 3, column: 1 },
  ]);
});

test('violation and undecided must be sets', async (t) => {
  t.deepEqual(await check('package x\nviolation := "a" if input.now == "b"\nundecided := ["a"]\n'), [
    {
      ...{ reason: 'NoViolation', message: '`violation` must be a set', line: 2, column: 1 },
      hint: 'write `violation contains … if { … }`',
    },
    {
      ...{ reason: 'UndecidedNotSet', message: '`undecided` must be a set', line: 3, column: 1 },
      hint: 'write `undecided contains … if { … }`',
    },
  ]);
  t.like((await check('package x\nviolation.a contains "b" if input.now == "c"\n'))[0], { reason: 'NoViolation', line: 2 });
  t.like((await check('package x\nviolation(a) := a\n'))[0], { reason: 'NoViolation', line: 2 });
  t.like((await check('package x\nviolation[a] := 1 if a := input.now\n'))[0], { reason: 'NoViolation', line: 2 });
});

test('only the library and its own package can be referred to', async (t) => {
  const rego = `package shop["a-b"]

import data.kubexray.lib
import data.other.helpers

violation contains "a" if helpers.x
violation contains "b" if data.kubexray.rules.t_1.violation
violation contains "c" if lib.matches(limit, data.shop["a-b"].name)
violation contains "d" if data[input.now].x

limit := ["a"]
name := "b"
`;
  t.deepEqual(
    (await check(rego)).map(({ reason, message, line, column }) => [reason, line, column, message.replace(/:.*/, '')]),
    [
      ['ForeignReference', 4, 8, 'data.other.helpers is not there'],
      ['ForeignReference', 7, 27, 'data.kubexray.rules.t_1.violation is not there'],
      ['ForeignReference', 9, 27, 'data is not there'],
    ],
  );
});

test('all of data at once cannot be referred to', async (t) => {
  const [, problem] = await check('package x\nviolation contains "a" if count(data) > 0\n');
  t.deepEqual(problem, {
    reason: 'ForeignReference',
    message: 'data is not there',
    hint: 'a rule may use data.kubexray.lib and its own package',
    line: 2,
    column: 33,
  });
});

test('packages of the project are taken', async (t) => {
  t.deepEqual(await check('package kubexray.lib\n\nviolation contains "a" if input.now == "b"\n'), [
    { reason: 'PackageReserved', message: 'package kubexray.lib: names that begin with kubexray are taken', line: 1, column: 9 },
  ]);
});

test('a rule that would change the input of the rules after it is refused', async (t) => {
  const lines = [
    'package x',
    'p.a := input.workload.labels if input',
    'p[x] contains z if {',
    '  some x in ["a"]',
    '  some z in ["a", "b"]',
    '}',
  ];
  const problems = await check(`${[...lines, 'violation contains {"msg": json.marshal(p)}'].join('\n')}\n`);
  t.like(problems[0], { reason: 'MixedHeads', line: 3, column: 1 });
});

test('a replace that would never end is refused', async (t) => {
  t.deepEqual(await check('package x\nviolation contains x if x := replace(input.now, "", "-")\n'), [
    { reason: 'EndlessReplace', message: 'replace of the empty text would never end', line: 2, column: 49 },
  ]);
});

test('a text beyond 64 KiB and a NUL are refused before opa sees them', async (t) => {
  t.deepEqual(await check(`package x\n# ${'é'.repeat(33_000)}\n`), [
    { reason: 'TooLarge', message: 'the text of a rule has at most 64 KiB' },
  ]);
  t.deepEqual(await check('package x\nviolation contains "\0"\n'), [
    { reason: 'ParseError', message: 'the text has a NUL character', line: 2 },
  ]);
});

test('a text that nests too deeply is refused before opa sees it', async (t) => {
  t.deepEqual(await check(`package x\n\nviolation contains ${'['.repeat(65)}`), [
    { reason: 'TooComplex', message: 'brackets are nested more than 64 deep', line: 3 },
  ]);
});

test('many problems are all told, in order', async (t) => {
  const lines = Array.from({ length: 30 }, (_, index) => `violation contains "${index}" if input.x${index} == 1`);
  const problems = await check(`package x\n${lines.join('\n')}\n`);
  t.deepEqual(
    problems.map(({ line }) => line),
    Array.from({ length: 30 }, (_, index) => index + 2),
  );
});

test('a compiler that is not there is a failure that names it', async (t) => {
  const { createRuleCompiler } = await import('../../src/opa/compiler.ts');
  const missing = createRuleCompiler({ opa: '/nonexistent/opa', lib: library.lib });
  const error = await t.throwsAsync(missing.check(inline('package x\nviolation contains "a" if input.now == "b"\n')));
  t.like(error, { name: 'Failure', reason: 'CompilerMissing', retry: 'never' });
});

test('a compiler that does not end in time is a failure', async (t) => {
  const { createRuleCompiler } = await import('../../src/opa/compiler.ts');
  const slow = createRuleCompiler({ opa: process.execPath, lib: library.lib, timeoutMs: 1 });
  t.like(await t.throwsAsync(slow.check(inline('package x'))), { name: 'Failure', reason: 'CompilerTimeout', retry: 'soon' });
});

test('rules that do not parse are left out of a module, and the others are in it', async (t) => {
  const good = inline('package x\nviolation contains "a" if input.now == "b"\n');
  const unparsed = inline('package x\nviolation contains\n');
  const unbuilt = inline('package x\nviolation contains "a" if nothing("b")\n');
  const module = await compiler.build([unparsed, good, unbuilt]);
  t.deepEqual(module.ruleIds, [good.id]);
  t.is(module.problems.get(unparsed.id)?.[0]?.reason, 'ParseError');
  t.is(module.problems.get(unbuilt.id)?.[0]?.reason, 'BuildFailed');
  t.regex(module.problems.get(unbuilt.id)?.[0]?.message ?? '', /undefined function nothing/);
});

// What is found when the rules of a new program are tried on the sample document, each in its own lines.
import test from 'ava';
import type { RuleProblem } from '../../src/evaluation/program.ts';
import { realCompiler } from './real-compiler.ts';

const { inline, load, library } = await realCompiler();
const good = inline('package x\nviolation contains {"msg": "wrong", "image": image.ref} if some image in input.images\n');

/** Loads a rule beside a good one, and returns what is wrong with it. */
async function problemsOf(rego: string): Promise<readonly RuleProblem[]> {
  const rule = inline(rego);
  const program = await load([rule, good]);
  await program.close();
  return program.problems.get(rule.id) ?? [];
}

test('a rule that contradicts itself has a problem at its line and column', async (t) => {
  t.deepEqual(await problemsOf('package x\n\nviolation contains ref if ref := one\n\none := image.ref if some image in input.images\n'), [
    { reason: 'EvaluationFailed', message: 'var assignment conflict', line: 5, column: 1 },
  ]);
});

test('an element without msg is named by its keys', async (t) => {
  t.deepEqual(await problemsOf('package x\nviolation contains {"message": "a", "image": image.ref} if some image in input.images\n'), [
    {
      ...{ reason: 'MalformedAnswer', message: 'an element of `violation` has no text in `msg`' },
      hint: 'write {"msg": "…"}; the element has the keys image, message',
    },
  ]);
  t.like((await problemsOf('package x\nviolation contains 7 if input.now != ""\n'))[0], { hint: 'write {"msg": "…"}; the element is 7' });
});

test('an image that is no text is a problem, the digest of an image that has none is not', async (t) => {
  t.deepEqual(await problemsOf('package x\nviolation contains {"msg": "a", "image": image} if some image in input.images\n'), [
    {
      ...{ reason: 'MalformedAnswer', message: '`image` of a violation is neither a reference nor a digest' },
      hint: 'write image.ref or image.digest as `image`, or leave it out',
    },
  ]);
  t.deepEqual(await problemsOf('package x\nviolation contains {"msg": "a", "image": image.digest} if some image in input.images\n'), []);
});

test('reasons that are no texts are a problem', async (t) => {
  const problems = await problemsOf(
    'package x\nviolation contains "a" if input.now == ""\nundecided contains image if some image in input.images\n',
  );
  t.like(problems[0], { reason: 'MalformedAnswer', message: 'an element of `undecided` is not a text' });
});

test('a rule that takes all memory is a problem', async (t) => {
  const bomb = 'count([sum | some a in few; some b in few; some c in few; sum := ((a + b) + c) + 1]) > 0';
  t.deepEqual(await problemsOf(`package x\nviolation contains "a" if {\n  few := numbers.range(1, 400)\n  ${bomb}\n}\n`), [
    { reason: 'MemoryExceeded', message: 'the rule needs more memory than it may have' },
  ]);
});

test('a rule that does not end is overdue, which is no problem yet, and one more or less does not keep the others from being loaded', async (t) => {
  const endless = ['-', '+', '/', '='].map((dash) =>
    inline(`package x\nviolation contains x if x := replace(input.workload.name, substring(input.workload.name, 0, 0), "${dash}")\n`),
  );
  const bad = inline('package x\nviolation contains 7 if input.now != ""\n');
  const program = await load([bad, ...endless, good], { deadlineMs: 100 });
  t.deepEqual(
    [...program.overdue],
    endless.slice(0, 3).map(({ id }) => id),
  );
  t.deepEqual([...program.problems.keys()], [bad.id]);
  t.is(program.ruleIds.size, 6);
  await program.close();
});

test('the library rules have no problems', async (t) => {
  const rules = [...library.rules.values()].map(({ rego }) => rego);
  for (const rego of rules) {
    const parameters = { gracePeriod: '30m', allowNamespaces: [], countUnchecked: true, minSeverity: 'Low', onlyFixable: false };
    const more = {
      ignoreCves: ['x'],
      unknownSeverityAs: 'Low',
      skipNotApplicable: true,
      denied: ['*'],
      allowed: ['x'],
      useXrayViolations: false,
    };
    const rule = inline(rego, { ...parameters, ...more });
    const program = await load([rule]);
    t.deepEqual(program.problems, new Map());
    await program.close();
  }
});

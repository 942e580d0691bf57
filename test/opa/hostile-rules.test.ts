// Rules that are made to harm the evaluator: each ends without deciding anything, with a reason, and the others answer.
import test from 'ava';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import type { RuleAnswer, RuleProgram, RuleSource } from '../../src/evaluation/program.ts';
import type { LoadOptions } from '../../src/opa/load.ts';
import { documentOf } from '../policies/rule-case.ts';
import { realCompiler } from './real-compiler.ts';

const { compiler, inline, load } = await realCompiler();
const now = new Date('2026-11-23T10:00:00Z');
const document = JSON.stringify(documentOf({ images: [{ ref: 'a:1' }] }));
const good = inline('package x\nviolation contains {"msg": "wrong", "image": image.ref} if some image in input.images\n');
const goodSays = { violations: ['wrong'], undecided: [] };

/** None of these is meant to show itself on the sample, whose workload has another name. */
const onlyForReal = (body: string, element = '"never"'): RuleSource =>
  inline(`package x\nviolation contains ${element} if {\n  input.workload.name == "api"\n${body}\n}\n`);

/** Lines that set `text0` to a text, and each next one to twice the one before. */
const doublings = (text: string, times: number): string =>
  [`  text0 := "${text}"`, ...Array.from({ length: times }, (_, n) => `  text${n + 1} := concat("", [text${n}, text${n}])`)].join('\n');

/** Lines that set `list0` to a value, and each next one to a list that holds the one before twice. */
const nestings = (value: string, times: number): string =>
  [`  list0 := ${value}`, ...Array.from({ length: times }, (_, n) => `  list${n + 1} := [list${n}, list${n}]`)].join('\n');

async function withProgram(
  rules: readonly RuleSource[],
  use: (program: RuleProgram) => Promise<void>,
  options?: LoadOptions,
): Promise<void> {
  for (const rule of rules) if ((await compiler.check(rule)).length > 0) throw new Error(JSON.stringify(await compiler.check(rule)));
  const program = await load(rules, options);
  try {
    await use(program);
  } finally {
    await program.close();
  }
}

/** What the controller makes of an answer. */
function says(answer: RuleAnswer | undefined): unknown {
  if (answer === undefined) return 'no answer';
  const { violations, undecided } = parseAnswer(answer, now);
  return { violations: violations.map(({ message }) => message), undecided: undecided.map(({ reason }) => reason) };
}

async function asked(program: RuleProgram, rules: readonly RuleSource[]): Promise<readonly unknown[]> {
  const answers = await program.evaluate(
    document,
    rules.map(({ id }) => id),
  );
  return rules.map(({ id }) => says(answers.get(id)));
}

const failed = (reason: string): unknown => ({ violations: [], undecided: [reason] });

const comparing = onlyForReal(
  '  many := numbers.range(1, 2000)\n  some a in many\n  some b in many\n  some c in many\n  a < b\n  b < c\n  c < a\n  input.now == ""',
);
const calling = onlyForReal('  some n in numbers.range(1, 100000000)\n  n < 0');
const replacing = onlyForReal('  replace(input.workload.name, substring(input.workload.name, 0, 0), "-") == "x"');

test('an endless comprehension and an endless builtin are ended at the deadline and named, one after the other', async (t) => {
  await withProgram(
    [comparing, replacing, good],
    async (program) => {
      const wanted = [failed('DeadlineExceeded'), failed('DeadlineExceeded'), goodSays];
      t.deepEqual(await asked(program, [comparing, replacing, good]), wanted);
      t.deepEqual(await asked(program, [good, comparing]), [goodSays, failed('DeadlineExceeded')]);
    },
    { deadlineMs: 200 },
  );
});

test('a rule that runs when the time of the document is over is not blamed for those before it', async (t) => {
  // Each takes 20 to 60 ms, all of them more than twice the deadline.
  const slow = Array.from({ length: 30 }, (_, n) =>
    onlyForReal(
      `  many := numbers.range(1, 450)\n  count([1 | some a in many; some b in many; a == ${n}; b == a; some c in many; c == b]) < 0`,
    ),
  );
  await withProgram(
    [...slow, good],
    async (program) => {
      const passed = { violations: [], undecided: [] };
      t.deepEqual(await asked(program, [...slow, good]), [...slow.map(() => passed), goodSays]);
    },
    { deadlineMs: 300 },
  );
});

test('memory bombs in a row are stopped, and what they took comes back', async (t) => {
  const bomb = onlyForReal(
    '  few := numbers.range(1, 300)\n  count([sum | some a in few; some b in few; some c in few; sum := ((a + b) + c) + 1]) > 0',
  );
  await withProgram(
    [bomb, calling, good],
    async (program) => {
      await asked(program, [bomb, good]);
      const before = process.memoryUsage().rss;
      for (let round = 0; round < 40; round += 1) t.deepEqual(await asked(program, [bomb, good]), [failed('MemoryExceeded'), goodSays]);
      // 40 instances of 16 MiB would be 640.
      t.true((process.memoryUsage().rss - before) / 1024 / 1024 < 320);
      t.deepEqual(await asked(program, [calling, good]), [failed('MemoryExceeded'), goodSays]);
    },
    { deadlineMs: 30_000, maxMemoryPages: 256 },
  );
});

test('a builtin that fills the heap of the worker ends at one bound or the other, and the others answer', async (t) => {
  const filling = onlyForReal('  many := numbers.range(1, 1500000)\n  object.subset(many, [1, input.now])');
  await withProgram(
    [filling, good],
    async (program) => {
      const [filled, answered] = await asked(program, [filling, good]);
      // The collector tries for seconds before it gives up: mostly it is the deadline.
      t.regex(JSON.stringify(filled), /^{"violations":\[\],"undecided":\["(DeadlineExceeded|MemoryExceeded)"\]}$/);
      t.deepEqual(answered, goodSays);
    },
    { maxHeapMb: 64, maxMemoryPages: 4096, deadlineMs: 1000 },
  );
});

test('a huge answer is no answer', async (t) => {
  const huge = inline(
    `package x\nviolation contains {"msg": $"{n} ${'x'.repeat(200)}"} if {\n  input.workload.name == "api"\n  some n in numbers.range(1, 50000)\n}\n`,
  );
  await withProgram([huge, good], async (program) => {
    t.deepEqual(await asked(program, [huge, good]), [failed('MemoryExceeded'), goodSays]);
  });
});

test('an answer is measured in bytes, before it is read', async (t) => {
  // Eight million characters of two bytes.
  const huge = onlyForReal(doublings('é'.repeat(1000), 13), 'text13');
  const fits = onlyForReal(doublings('é'.repeat(1000), 11), 'text11');
  await withProgram([huge, fits], async (program) => {
    const answers = await program.evaluate(document, [huge.id, fits.id]);
    const wanted: RuleAnswer = { kind: 'failed', reason: 'MemoryExceeded', message: 'the answer of the rule is longer than 8 MiB' };
    t.deepEqual(answers.get(huge.id), wanted);
    t.deepEqual(says(answers.get(fits.id)), { violations: ['é'.repeat(2048)], undecided: [] });
  });
});

test('an answer of very many values is no answer, however short each is', async (t) => {
  // Half a million empty lists, and a quarter of that.
  const many = onlyForReal(nestings('[]', 19), '{"msg": "listed", "lists": list19}');
  const fewer = onlyForReal(nestings('[]', 17), '{"msg": "listed", "lists": list17}');
  await withProgram([many, fewer], async (program) => {
    const answers = await program.evaluate(document, [many.id, fewer.id]);
    const wanted: RuleAnswer = {
      kind: 'failed',
      reason: 'MemoryExceeded',
      message: 'the answer of the rule holds more than 500000 values',
    };
    t.deepEqual(answers.get(many.id), wanted);
    t.deepEqual(says(answers.get(fewer.id)), { violations: ['listed'], undecided: [] });
  });
});

test('many large answers on one document are bounded together, and a short one is not refused for their sake', async (t) => {
  const large = Array.from({ length: 4 }, (_, n) => onlyForReal(doublings(`${n}`.repeat(1000), 9), 'text9'));
  await withProgram(
    [...large, good],
    async (program) => {
      const first = (n: number): unknown => ({ violations: [`${n}`.repeat(2048)], undecided: [] });
      const each = [first(0), first(1), failed('MemoryExceeded'), failed('MemoryExceeded'), goodSays];
      t.deepEqual(await asked(program, [...large, good]), each);
      t.deepEqual(await asked(program, large.slice(2)), [first(2), first(3)]);
    },
    { maxAnswersLength: 1200 * 1000 },
  );
});

test('the arguments of a builtin are measured together, before they are read', async (t) => {
  const whole = onlyForReal(`${doublings('x'.repeat(1024), 11)}\n  strings.count(text11, "y") == 0`);
  const together = onlyForReal(`${doublings('x'.repeat(1024), 10)}\n  strings.count(text10, text10) == 1`);
  const fits = onlyForReal(`${doublings('x'.repeat(1024), 10)}\n  strings.count(text10, "y") == 0`);
  await withProgram([whole, together, fits, good], async (program) => {
    const answers = await program.evaluate(document, [whole.id, together.id, fits.id]);
    const message = 'the arguments of the builtin strings.count are larger than 2 MiB';
    t.deepEqual(answers.get(whole.id), { kind: 'failed', reason: 'MemoryExceeded', message });
    t.deepEqual(answers.get(together.id), { kind: 'failed', reason: 'MemoryExceeded', message });
    t.deepEqual(says(answers.get(fits.id)), { violations: ['never'], undecided: [] });
    t.deepEqual(await asked(program, [good]), [goodSays]);
  });
});

test('answers of wrong types decide nothing, and take no right one with them', async (t) => {
  const wrong = inline(`package x

violation contains element if {
  input.workload.name == "api"
  some element in [1, null, [], {}, {"msg": 1}, {"message": "a"}, {"msg": "b", "image": 7}, {"msg": "right"}]
}
`);
  await withProgram([wrong, good], async (program) => {
    t.deepEqual(await asked(program, [wrong, good]), [
      { violations: ['right'], undecided: Array.from({ length: 7 }, () => 'MalformedAnswer') },
      goodSays,
    ]);
  });
});

test('builtins that are called with nonsense are undefined, abort or run into a bound, and never decide', async (t) => {
  const nonsense = [
    'time.parse_rfc3339_ns(input.workload.uid) > 0',
    'regex.match(concat("", ["(", input.workload.name]), "a")',
    'sprintf(concat("", ["%", "9999999999d"]), [1]) == "a"',
    'json.unmarshal(concat("", ["{", input.workload.name])) == 1',
    'to_number(concat("", ["1e", "99999"])) < 0',
    'base64.decode(concat("", ["%", input.workload.name])) == ""',
    'units.parse_bytes(concat("", ["1", input.workload.name])) == 1',
    'object.subset(input.workload, {"labels": input.images})',
    'semver.compare(input.workload.name, "1.0.0") == 1',
  ].map((line) => onlyForReal(`  ${line}`));
  const ranging = onlyForReal('  count(numbers.range_step(1, 1000000000, 1)) == 0');
  await withProgram(
    [...nonsense, ranging, good],
    async (program) => {
      const passed = { violations: [], undecided: [] };
      const each = [...nonsense.map(() => passed), failed('Aborted'), goodSays];
      t.deepEqual(await asked(program, [...nonsense, ranging, good]), each);
    },
    { deadlineMs: 5000 },
  );
});

test('after two thousand aborts in a row, and hundreds of refused documents, a good rule is answered', async (t) => {
  const conflict = inline(
    'package x\nviolation contains broken if input.workload.name == "api"\n\nbroken := key if some key, _ in input.workload\n',
  );
  await withProgram([conflict, good], async (program) => {
    for (let round = 0; round < 2000; round += 1) await program.evaluate(document, [conflict.id]);
    for (let round = 0; round < 600; round += 1) await program.evaluate('{', [good.id]);
    t.deepEqual(await asked(program, [conflict, good]), [failed('Aborted'), goodSays]);
  });
});

test('a document that leaves no memory is nobody else’s fault', async (t) => {
  const issues = Array.from({ length: 1000 }, (_, index) => ({ id: `XRAY-${index}` }));
  const large = JSON.stringify(documentOf({ images: [{ ref: 'a:1', issues }] }));
  await withProgram(
    [good],
    async (program) => {
      t.deepEqual(says((await program.evaluate(large, [good.id])).get(good.id)), failed('DocumentTooLarge'));
      t.deepEqual(await asked(program, [good]), [goodSays]);
    },
    { maxMemoryPages: 8 },
  );
});

// Builtins that are called to harm the process: each answers in time or is refused while it works, and the other rules answer.
import test from 'ava';
import { parseAnswer } from '../../../src/evaluation/answer.ts';
import type { RuleSource } from '../../../src/evaluation/program.ts';
import { documentOf } from '../../policies/rule-case.ts';
import { realCompiler } from '../real-compiler.ts';

const { inline, load } = await realCompiler();
const now = new Date('2026-11-23T10:00:00Z');
const document = JSON.stringify(documentOf({ images: [{ ref: 'a:1' }] }));
const good = inline('package x\nviolation contains {"msg": "wrong", "image": image.ref} if some image in input.images\n');

/** Says `answered` when the expression is true. Not on the sample, whose workload has another name. */
const asking = (expression: string, more = ''): RuleSource =>
  inline(`package x

zeros := sprintf("%0500000d", [0])
many := concat("", [zeros, zeros, zeros, zeros])
needle := concat("", [sprintf("%01000d", [0]), "1", zeros])
repeated(text, times) := concat("", [text | some _ in numbers.range(1, times)])
${more}
violation contains "answered" if {
  input.workload.name == "api"
  ${expression}
}
`);

/** By expression: what the rule said or why it could not. The good rule must have answered. */
async function answersOf(rules: Readonly<Record<string, RuleSource>>): Promise<Record<string, string>> {
  const all = [...Object.values(rules), good];
  const program = await load(all, { deadlineMs: 5000 });
  try {
    const answers = await program.evaluate(
      document,
      all.map(({ id }) => id),
    );
    const says = ({ id }: RuleSource): string => {
      const answer = answers.get(id);
      if (answer === undefined) return 'no answer';
      const { violations, undecided } = parseAnswer(answer, now);
      return [...violations.map(({ message }) => message), ...undecided.map(({ reason }) => reason)].join(', ');
    };
    if (says(good) !== 'wrong') throw new Error(`the good rule: ${says(good)}`);
    return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, says(rule)]));
  } finally {
    await program.close();
  }
}

/** The same, for expressions that all end alike. */
async function expressionsThatAre(wanted: string, expressions: readonly string[]): Promise<readonly string[]> {
  const answers = await answersOf(Object.fromEntries(expressions.map((expression) => [expression, asking(expression)])));
  return Object.entries(answers).flatMap(([expression, answer]) => (answer === wanted ? [] : [`${expression}: ${answer}`]));
}

test('a long text that is looked for in a longer one is soon found or missed', async (t) => {
  t.deepEqual(
    await expressionsThatAre('answered', [
      'strings.count(concat("", [zeros, zeros]), needle) == 0',
      'indexof_n(concat("", [zeros, zeros]), needle) == []',
      'count(strings.split_n(concat("", [zeros, zeros]), needle, 1)) == 1',
      'strings.count(many, concat("", [sprintf("%016d", [0]), "1", sprintf("%015d", [0])])) == 0',
      'count(indexof_n(concat("", [zeros, zeros]), concat("", [zeros, substring(zeros, 0, 499000)]))) == 1001',
    ]),
    [],
  );
});

test('parts of a text are counted before they are too many', async (t) => {
  t.deepEqual(
    await expressionsThatAre('Aborted', [
      'indexof_n(many, "0")',
      'strings.split_n(many, "0", -2000000)',
      'strings.split_n(many, "", 2000000)',
      'regex.find_n("0", many, -1)',
      'regex.split("", many)',
      'urlquery.decode_object(repeated("a&", 101000))',
      'urlquery.encode_object({"a": ["" | some _ in numbers.range(1, 101000)]})',
      'numbers.range_step(1, 100001, 1)',
    ]),
    [],
  );
});

test('of many parts a few are given', async (t) => {
  t.deepEqual(
    await expressionsThatAre('answered', [
      'strings.split_n(many, "0", -2) == ["", ""]',
      'strings.split_n(many, "", 2) == ["0", "0"]',
      'regex.find_n("0", many, 2) == ["0", "0"]',
      'count(numbers.range_step(1, 100000, 1)) == 100000',
    ]),
    [],
  );
});

test('a text that grows in a builtin is measured while it grows', async (t) => {
  t.deepEqual(
    await expressionsThatAre('Aborted', [
      'sprintf("%+q", [repeated("éééééééééé", 80000)])',
      'sprintf("% #x", [many])',
      'sprintf(repeated("%z%z%z%z%z%z%z%z%z%z", 50000), [])',
      'urlquery.encode(repeated("//////////", 150000))',
      'regex.replace(many, "0", "$0$0$0")',
      'regex.replace(zeros, "0", repeated("$a", 101000))',
      'time.format([1, "UTC", many])',
      'units.parse(many)',
    ]),
    [],
  );
});

test('regular expressions of many characters or groups are refused before they are read or run', async (t) => {
  t.deepEqual(
    await expressionsThatAre('Aborted', [
      'regex.find_n(concat("", ["(?i)", many]), "a", 1)',
      'regex.find_n(replace(substring(zeros, 0, 3000), "0", "()a|"), "a", 1)',
    ]),
    [],
  );
});

test('values that are many times larger than their text are read', async (t) => {
  const doubled = (base: string, times: number): string =>
    [`x0 := ${base}`, ...Array.from({ length: times }, (_, n) => `x${n + 1} := [x${n}, x${n}]`)].join('\n');
  const rules = {
    objects: asking('not object.subset(x18, [1])', doubled('{}', 18)),
    numbers: asking('not object.subset(x16, [1])', doubled('[1e5, 1.0, {}]', 16)),
    sets: asking('not object.subset(x17, {1})', doubled('{1}', 17)),
    beyond: asking('not object.subset(x20, [1])', doubled('{"a": {}}', 20)),
  };
  t.deepEqual(await answersOf(rules), { objects: 'answered', numbers: 'answered', sets: 'answered', beyond: 'MemoryExceeded' });
});

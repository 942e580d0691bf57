// The functions that every rule may call.
import test from 'ava';
import { parseAnswer } from '../../src/evaluation/answer.ts';
import { realCompiler } from '../opa/real-compiler.ts';
import { documentOf } from './rule-case.ts';

const { compiler, inline, load } = await realCompiler();

/** Returns which of the expressions hold. */
async function holding(expressions: readonly string[]): Promise<readonly string[]> {
  const rules = expressions.map((expression, index) => `violation contains "${index}" if { input.now != ""; ${expression} }`);
  const rule = inline(`package x\nimport data.kubexray.lib\n${rules.join('\n')}\n`);
  const problems = await compiler.check(rule);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const program = await load([rule]);
  const document = documentOf({});
  const answer = (await program.evaluate(JSON.stringify(document), [rule.id])).get(rule.id);
  await program.close();
  if (answer === undefined) throw new Error('there is no answer');
  const matched = parseAnswer(answer, new Date(String(document.now))).violations.map(({ message }) => expressions[Number(message)] ?? '');
  return expressions.filter((expression) => matched.includes(expression));
}

test('severities rank from information over unknown and low to critical, in any spelling', async (t) => {
  const right = [
    'lib.at_least("critical", "High")',
    'lib.at_least("HIGH", "high")',
    'lib.at_least("high", "medium")',
    'lib.at_least("medium", "low")',
    'lib.at_least("low", "unknown")',
    'lib.at_least("unknown", "information")',
    'lib.at_least("medium", "high") == false',
    'lib.at_least("unknown", "low") == false',
    'lib.severity_rank("critical") > lib.severity_rank("high")',
    '{"critical", "high", "medium", "low", "information", "unknown"} == lib.severities',
  ];
  t.deepEqual(await holding(right), right);
});

test('what is no severity is neither above nor below', async (t) => {
  const wrong = ['lib.at_least("severe", "low")', 'lib.at_least("severe", "low") == false', 'lib.at_least("low", "severe") == false'];
  t.deepEqual(await holding(wrong), []);
});

test('licenses match whatever their case', async (t) => {
  const expressions = [
    'lib.matches_ignoring_case(["mit", "gpl-*"], "GPL-3.0")',
    'lib.matches_ignoring_case(["GPL-*"], "gpl-3.0")',
    'lib.matches(["gpl-*"], "GPL-3.0")',
    'lib.matches_ignoring_case([], "MIT")',
  ];
  t.deepEqual(await holding(expressions), expressions.slice(0, 2));
});

test('older than a duration is true or false, and undefined for what cannot be read', async (t) => {
  const right = [
    'lib.older_than("2026-11-23T09:00:00Z", "59m", "2026-11-23T10:00:00Z")',
    'lib.older_than("2026-11-23T09:00:00Z", "60m", "2026-11-23T10:00:00Z") == false',
    'lib.older_than("2026-11-23T09:00:00+01:00", "1h59m", "2026-11-23T10:00:00Z")',
    'lib.older_than("2027-01-01T00:00:00Z", "1s", "2026-11-23T10:00:00Z") == false',
  ];
  const unreadable = [
    'lib.older_than("soon", "1s", "2026-11-23T10:00:00Z")',
    'lib.older_than("soon", "1s", "2026-11-23T10:00:00Z") == false',
    'lib.older_than("2026-11-23T09:00:00Z", "1 day", "2026-11-23T10:00:00Z")',
    'lib.older_than("2026-11-23T09:00:00Z", "1 day", "2026-11-23T10:00:00Z") == false',
  ];
  t.deepEqual(await holding([...right, ...unreadable]), right);
});

test('why nothing is known is told of each state but scanned', async (t) => {
  const right = [
    'lib.why_unknown("unscanned") == "not scanned yet, so nothing is known about it"',
    'lib.why_unknown("unavailable") == "Xray could not be asked"',
    'lib.why_unknown("unidentifiable") == "the digest of the image is not known"',
  ];
  t.deepEqual(await holding([...right, 'lib.why_unknown("scanned")']), right);
});

test('an issue without components has one that is unnamed', async (t) => {
  const right = [
    'lib.components({"components": [{"id": "a"}, {"id": "b"}]}) == [{"id": "a"}, {"id": "b"}]',
    'lib.components({"components": []}) == [{"id": "an unnamed component", "version": "", "fixedVersions": []}]',
  ];
  t.deepEqual(await holding(right), right);
});

test('a component is named with its version once', async (t) => {
  const right = [
    'lib.component_name({"id": "npm://left", "version": "1.2.0"}) == "npm://left 1.2.0"',
    'lib.component_name({"id": "npm://left:1.2.0", "version": "1.2.0"}) == "npm://left:1.2.0"',
    'lib.component_name({"id": "npm://left:11.2.0", "version": "1.2.0"}) == "npm://left:11.2.0 1.2.0"',
    'lib.component_name({"id": "npm://left", "version": ""}) == "npm://left"',
  ];
  t.deepEqual(await holding(right), right);
});

test('the remedy of a component is its fixed versions', async (t) => {
  const right = [
    'lib.remedy({"fixedVersions": ["1.2.1", "2.0"]}) == "fixed in 1.2.1, 2.0"',
    'lib.remedy({"fixedVersions": []}) == "no fix known"',
  ];
  t.deepEqual(await holding(right), right);
});

// How a rule is evaluated, as the real opa tells it.
import test from 'ava';
import { findOpa } from '../../src/opa/find-opa.ts';
import { silent } from '../../src/opa/progress.ts';
import { createRuleTracer, type TraceRule } from '../../src/opa/trace.ts';

const document = '{"apiVersion":"kubexray.io/v1","images":[{"ref":"a:1"},{"ref":"b:2"}],"parameters":{}}';
const rego = `package shop.tags

violation contains {"msg": image.ref} if {
  some image in input.images
  print("looks at", image.ref)
  image.ref in input.parameters.denied
}
`;
const rule = { rego, parameters: { denied: ['b:2'] } };

let trace: TraceRule;
let opa: string;

test.before(async () => {
  opa = await findOpa({ env: process.env, progress: silent });
  trace = createRuleTracer({ opa, lib: 'package kubexray.lib\n' });
});

test('every step stands at the line of the author, with the values of variables', async (t) => {
  const { lines, cutLines } = await trace(rule, document, 'full');
  t.true(lines.some((line) => /^rule\.rego:4 +\| \| Eval image = input\.images\[/.test(line)));
  t.true(lines.some((line) => /^rule\.rego:6 +.*Fail .*"a:1"/.test(line)));
  t.false(lines.some((line) => line.includes('│')));
  t.is(cutLines, 0);
});

test('what the rule prints comes first, and with notes alone', async (t) => {
  const { lines } = await trace(rule, document, 'notes');
  t.deepEqual(lines, ['print: looks at a:1', 'print: looks at b:2']);
});

test('a trace that is too long is cut, and says how much', async (t) => {
  const full = await trace(rule, document, 'full');
  const short = await createRuleTracer({ opa, lib: 'package kubexray.lib\n', maxLines: 5 })(rule, document, 'full');
  t.deepEqual(short.lines, full.lines.slice(0, 5));
  t.is(short.cutLines, full.lines.length - 5);
});

test('undecided is traced where the rule has it', async (t) => {
  const both = `${rego}\nundecided contains "no images" if count(input.images) == 0\n`;
  const { lines } = await trace({ ...rule, rego: both }, document, 'full');
  t.true(lines.some((line) => line.includes('Enter data.shop.tags.undecided')));
});

const untraceable: readonly (readonly [string, string, RegExp])[] = [
  ['does not parse', 'package x\n\nviolation contains', /^trace the rule: /],
  ['has no violation', 'package x\n\ndeny contains "a"', /^trace the rule: rename `deny` to `violation`$/],
  [
    'would ask the network',
    'package x\n\nviolation contains "a" if http.send({"method": "get", "url": "http://127.0.0.1:1"})',
    /^trace the rule: .*http\.send/,
  ],
];

for (const [what, text, message] of untraceable) {
  test(`a rule that ${what} is not traced`, async (t) => {
    const error = await t.throwsAsync(trace({ rego: text, parameters: {} }, document, 'full'));
    t.regex(error.message, message);
  });
}

test('a rule that does not end is stopped', async (t) => {
  const endless = 'package x\n\nviolation contains "a" if {\n  some i in numbers.range(1, 100000000)\n  i < 0\n}\n';
  const impatient = createRuleTracer({ opa, lib: 'package kubexray.lib\n', timeoutMs: 1000 });
  const error = await t.throwsAsync(impatient({ rego: endless, parameters: {} }, document, 'full'));
  t.regex(error.message, /^run opa eval: /);
});

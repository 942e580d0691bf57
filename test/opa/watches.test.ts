// Rules of policies with watches in one real module: each finds the violations of its own watches, and the others are none the wiser.
import test from 'ava';
import { ownDocument } from '../../src/evaluation/own-document.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import { ruleSource } from '../../src/evaluation/rule-source.ts';
import { isJsonObject } from '../../src/facts/json.ts';
import { rule } from '../builders/policy.ts';
import { documentOf } from '../policies/rule-case.ts';
import { realCompiler } from './real-compiler.ts';

const { inline, library, load } = await realCompiler();

const seen =
  'package seen\nviolation contains v.issue if { some image in input.images; some v in image.violations }\nundecided contains w if some w in input.watches\n';
const whole = 'package whole\nviolation contains json.marshal(input.images)\n';
const refs = 'package refs\nviolation contains image.ref if some image in input.images\n';

const violation = (watch: string, issue: string) => ({ type: 'security', severity: 'high', watch, policy: '', rule: '', issue });
const document = JSON.stringify(
  documentOf({
    watches: [],
    images: [
      { ref: 'a:1', violations: [violation('east', 'XRAY-1'), violation('west', 'XRAY-2')] },
      { ref: 'b:1', violations: [violation('west "quoted" {x}\\', 'XRAY-3')], licenses: [{ name: 'MIT' }] },
      { ref: 'c:1' },
    ],
  }),
);

/** The same rule for a policy with these watches. */
function ruleOf(rego: string, watches: readonly string[] | undefined, limit = 0) {
  const rule = inline(rego, { limit });
  const id = `${rule.id.slice(0, 40)}${Buffer.from(JSON.stringify([watches, limit]))
    .toString('hex')
    .slice(0, 60)}`;
  return { ...rule, id, ...(watches === undefined ? {} : { watches }) };
}

function setOf(answer: RuleAnswer | undefined, name: 'violation' | 'undecided'): unknown {
  if (answer?.kind !== 'answered') return answer;
  const rows: unknown = JSON.parse(answer.json);
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  const set = isJsonObject(row) && isJsonObject(row.result) ? row.result[name] : undefined;
  return Array.isArray(set) ? [...set].sort() : set;
}

test('each rule of one module finds its own watches and their violations, and another rule of the document all images', async (t) => {
  const rules = {
    east: ruleOf(seen, ['east']),
    both: ruleOf(seen, ['east', 'west']),
    odd: ruleOf(seen, ['west "quoted" {x}\\']),
    none: ruleOf(seen, []),
    other: ruleOf(refs, undefined),
  };
  const program = await load(Object.values(rules));
  try {
    const answers = await program.evaluate(
      document,
      Object.values(rules).map(({ id }) => id),
    );
    const told = (name: keyof typeof rules) => [
      setOf(answers.get(rules[name].id), 'violation'),
      setOf(answers.get(rules[name].id), 'undecided'),
    ];
    t.deepEqual(told('east'), [['XRAY-1'], ['east']]);
    t.deepEqual(told('both'), [
      ['XRAY-1', 'XRAY-2'],
      ['east', 'west'],
    ]);
    t.deepEqual(told('odd'), [['XRAY-3'], ['west "quoted" {x}\\']]);
    t.deepEqual(told('none'), [[], []]);
    t.deepEqual(told('other')[0], ['a:1', 'b:1', 'c:1']);
  } finally {
    await program.close();
  }
});

test('the compiled module gives a rule what the document written down for it has, to the last member', async (t) => {
  const rule = ruleOf(whole, ['west']);
  const program = await load([rule]);
  try {
    const answers = await program.evaluate(document, [rule.id]);
    const [text] = [setOf(answers.get(rule.id), 'violation')].flat();
    const own: unknown = JSON.parse(ownDocument(document, { parameters: {}, watches: ['west'] }));
    t.deepEqual(JSON.parse(String(text)), isJsonObject(own) ? own.images : undefined);
  } finally {
    await program.close();
  }
});

const image = 'some image in input.images';
/** Ways to violations that no search of the text for their name finds, with what each finds of the watch east alone. */
const ways: readonly (readonly [string, string, readonly string[]])[] = [
  ['every field', `violation contains v[0].issue if { ${image}; some v in image; is_array(v); v[0].issue }`, ['XRAY-1']],
  ['a key that is open', `violation contains v.issue if { ${image}; some k; some v in image[k]; v.issue }`, ['XRAY-1']],
  ['a key that is put together', `violation contains v.issue if { ${image}; some v in image[concat("", ["viol", "ations"])] }`, ['XRAY-1']],
  ['object.get', `violation contains v.issue if { ${image}; some v in object.get(image, concat("", ["viol", "ations"]), []) }`, ['XRAY-1']],
  ['an escape', `violation contains v.issue if { ${image}; some v in image["viol\\u0061tions"] }`, ['XRAY-1']],
  ['a key in parameters', `violation contains v.issue if { ${image}; some v in image[input.parameters.field] }`, ['XRAY-1']],
  [
    'a template of the image',
    `violation contains word if { ${image}; some word in ["XRAY-1", "XRAY-2"]; contains($"{image}", word) }`,
    ['XRAY-1'],
  ],
  ['every', `violation contains "one" if { ${image}; every v in image { not two(v) } }\ntwo(v) if v[_].issue == "XRAY-2"`, ['one']],
  [
    'what is left of the image',
    `violation contains v[0].issue if { ${image}; some v in object.remove(image, ["issues"]); is_array(v); v[0].issue }`,
    ['XRAY-1'],
  ],
  [
    'a pattern',
    `violation contains i if { ${image}; some {"issue": i, "watch": _, "type": _, "severity": _, "policy": _, "rule": _} in [x | some l in image; is_array(l); some x in l] }`,
    ['XRAY-1'],
  ],
  [
    'an import',
    'import input.images as pictures\nviolation contains v.issue if { some l in pictures[_]; is_array(l); some v in l; v.issue }',
    ['XRAY-1'],
  ],
];

test('however a rule of a policy gets at violations, it needs the watches of the policy and sees theirs alone', async (t) => {
  const parameters = { field: 'violations' };
  const found = ways.map(([name, text]) => ({ name, source: { kind: 'inline', rego: `package t\n${text}\n` }, parameters }) as const);
  const sources = found.map((inline) => ruleSource(rule(inline), ['east'], library)).flatMap((each) => ('source' in each ? [each] : []));
  const program = await load(sources.map(({ source }) => source));
  try {
    const ids = sources.map(({ source }) => source.id);
    const answers = await program.evaluate(document, ids);
    t.deepEqual(
      ways.map(([name], index) => [name, setOf(answers.get(ids[index] ?? ''), 'violation'), sources[index]?.needsWatches]),
      ways.map(([name, , issues]) => [name, issues, ['east']]),
    );
  } finally {
    await program.close();
  }
});

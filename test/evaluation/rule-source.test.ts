// From a rule of a policy to what the compiler takes.
import test from 'ava';
import { ruleId } from '../../src/evaluation/rule-id.ts';
import { ruleSource } from '../../src/evaluation/rule-source.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import type { RuleLibrary } from '../../src/policy/library.ts';
import { rule } from '../builders/policy.ts';

const parametersSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { minSeverity: { type: 'string', enum: ['High', 'Low'], default: 'High' }, onlyFixable: { type: 'boolean', default: false } },
};
const security = { name: 'security', title: 'Vulnerabilities', parametersSchema, rego: 'package security' };
const library: RuleLibrary = {
  rules: new Map([
    ['security', security],
    ['license', { ...security, name: 'license' }],
  ]),
  lib: 'package kubexray.lib',
};

test('a library rule has the text and schema of the library, and all its parameters', (t) => {
  const parameters = { minSeverity: 'Low', onlyFixable: false };
  const found = { rego: 'package security', parameters, parametersSchema, watches: [] };
  t.deepEqual(ruleSource(rule({ parameters: { minSeverity: 'Low' } }), [], library), {
    source: { id: ruleId({ ...found, lib: 'package kubexray.lib' }), ...found },
    needsWatches: [],
  });
});

test('an inline rule has its own text, and a schema of the parameters that it is given', (t) => {
  const inline = rule({ name: 'ours', source: { kind: 'inline', rego: 'package ours' }, parameters: { limit: 3 } });
  const found = {
    rego: 'package ours',
    parameters: { limit: 3 },
    parametersSchema: { type: 'object', additionalProperties: false, properties: { limit: { type: 'number' } } },
    watches: [],
  };
  t.deepEqual(ruleSource(inline, [], library), {
    source: { id: ruleId({ ...found, lib: 'package kubexray.lib' }), ...found },
    needsWatches: [],
  });
});

test('a rule that says a default is the rule that leaves it out', (t) => {
  t.deepEqual(ruleSource(rule({ parameters: { minSeverity: 'High' } }), [], library), ruleSource(rule(), [], library));
});

test('an inline rule finds the violations of the watches of its policy alone, and needs them all, whatever its text is', (t) => {
  const source = { kind: 'inline', rego: 'package ours\nviolation contains "a" if input.workload.replicas > 3' } as const;
  t.like(ruleSource(rule({ source }), ['prod', 'dev'], library), { source: { watches: ['dev', 'prod'] }, needsWatches: ['dev', 'prod'] });
});

/** The library rule that says this of itself, for a policy with these watches: the watches that it finds, those that it needs, and what is wrong. */
function saying(readsViolations: boolean | JsonObject | undefined, watches: readonly string[], minSeverity = 'Low') {
  const rules = new Map([['security', { ...security, ...(readsViolations === undefined ? {} : { readsViolations }) }]]);
  const found = ruleSource(rule({ parameters: { minSeverity } }), watches, { ...library, rules });
  return 'problems' in found ? found.problems : [found.source.watches, found.needsWatches];
}

test('a library rule finds and needs the watches unless it says that it reads no violations, or none with these parameters', (t) => {
  const watches = [
    ['dev', 'prod'],
    ['dev', 'prod'],
  ];
  t.deepEqual(saying(undefined, ['prod', 'dev']), watches);
  t.deepEqual(saying(true, ['prod', 'dev']), watches);
  t.deepEqual(saying({ minSeverity: 'Low' }, ['prod', 'dev']), watches);
  t.deepEqual(saying({ minSeverity: 'Low', onlyFixable: false }, ['prod', 'dev']), watches);
  const none = [undefined, []];
  t.deepEqual(saying(false, ['prod', 'dev']), none);
  t.deepEqual(saying({ minSeverity: 'High' }, ['prod', 'dev']), none);
  t.deepEqual(saying({ minSeverity: 'Low', onlyFixable: true }, ['prod', 'dev']), none);
});

test('a library rule that is told to read violations is refused where the policy names no watch', (t) => {
  const refused = (path: string) => [{ reason: 'NoWatches', message: `${path}: facts.watches of the policy names no watch of Xray`, path }];
  t.deepEqual(saying({ minSeverity: 'Low' }, []), refused('parameters.minSeverity'));
  t.deepEqual(saying(true, []), refused('use'));
  t.deepEqual(saying({ minSeverity: 'Low' }, [], 'High'), [undefined, []]);
  t.deepEqual(saying(false, []), [undefined, []]);
  t.deepEqual(saying(undefined, []), [[], []]);
});

test('a rule that the library does not have is answered with those that it has', (t) => {
  const wrongNames = [
    ['Security', 'did you mean `security`? there are license, security'],
    ['constructor', 'there are license, security'],
  ] as const;
  for (const [name, hint] of wrongNames) {
    t.deepEqual(ruleSource(rule({ source: { kind: 'library', name } }), [], library), {
      problems: [{ reason: 'UnknownLibraryRule', message: `use: there is no library rule ${name}`, hint, path: 'use' }],
    });
  }
});

test('every parameter that does not fit is named', (t) => {
  t.deepEqual(ruleSource(rule({ parameters: { minSeverity: 'high', onlyFixed: true } }), [], library), {
    problems: [
      {
        ...{ reason: 'InvalidParameters', message: 'parameters.onlyFixed is not a parameter of security', path: 'parameters.onlyFixed' },
        ...{ hint: 'it has minSeverity, onlyFixable', isName: true },
      },
      {
        ...{ reason: 'InvalidParameters', message: 'parameters.minSeverity must be one of High, Low', path: 'parameters.minSeverity' },
        hint: 'did you mean `High`?',
      },
    ],
  });
});

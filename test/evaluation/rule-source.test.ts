// From a rule of a policy to what the compiler takes.
import test from 'ava';
import { ruleId } from '../../src/evaluation/rule-id.ts';
import { ruleSource } from '../../src/evaluation/rule-source.ts';
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

test('an inline rule finds the violations of its policy alone, and needs the watches when it reads them', (t) => {
  const watches = ['prod', 'dev'];
  const sourceOf = (rego: string) => ruleSource(rule({ source: { kind: 'inline', rego } }), watches, library);
  t.like(sourceOf('package ours\nviolation contains "a" if input.images[_].violations[_]'), { needsWatches: ['dev', 'prod'] });
  t.like(sourceOf('package ours\nviolation contains "a" if input.workload.replicas > 3'), {
    source: { watches: ['dev', 'prod'] },
    needsWatches: [],
  });
});

test('a library rule that reads violations only if its parameters say so needs the watches only then', (t) => {
  const readsViolationsIf = { minSeverity: 'Low' };
  const rules = new Map([['security', { ...security, rego: 'package security # violations', readsViolationsIf }]]);
  const sourceOf = (minSeverity: string) => ruleSource(rule({ parameters: { minSeverity } }), ['prod'], { ...library, rules });
  t.like(sourceOf('Low'), { source: { watches: ['prod'] }, needsWatches: ['prod'] });
  const found = sourceOf('High');
  t.deepEqual('needsWatches' in found && [found.needsWatches, found.source.watches], [[], undefined]);
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

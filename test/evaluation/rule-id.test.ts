// The identity of a rule.
import test from 'ava';
import { ruleId } from '../../src/evaluation/rule-id.ts';

const rule = {
  rego: 'package a',
  lib: 'package kubexray.lib',
  parameters: { a: 1, b: { c: [1, 2], d: 2 } },
  parametersSchema: { type: 'object' },
};

test('the identity is a SHA-256 in lower-case hex', (t) => {
  t.regex(ruleId(rule), /^[0-9a-f]{64}$/);
});

test('the order of parameters does not count', (t) => {
  t.is(ruleId({ ...rule, parameters: { b: { d: 2, c: [1, 2] }, a: 1 } }), ruleId(rule));
});

test('each part counts, and so does where one ends', (t) => {
  const others = [
    { ...rule, rego: 'package b' },
    { ...rule, lib: '' },
    { ...rule, rego: 'package apackage kubexray.lib', lib: '' },
    { ...rule, parameters: {} },
    { ...rule, parameters: { a: '1', b: { c: [1, 2], d: 2 } } },
    { ...rule, parameters: { a: 1, b: { c: [2, 1], d: 2 } } },
    { ...rule, parametersSchema: {} },
  ];
  t.is(new Set([rule, ...others].map(ruleId)).size, 8);
});

// Parameters of rules against their schemas, as the policies' authors write them.
import test from 'ava';
import { readRuleLibrary } from '../../src/opa/library.ts';
import { checkParameters, inferSchema, parametersSchemaProblem, ruleDescriptionProblems } from '../../src/policy/parameters.ts';
import { policiesDirectory } from '../opa/real-compiler.ts';

const { rules } = await readRuleLibrary(policiesDirectory);

function check(rule: string, parameters: Readonly<Record<string, unknown>>): unknown {
  return checkParameters(parameters, rules.get(rule)?.parametersSchema ?? {}, { rule, path: 'spec.rules[2].parameters' });
}

test('defaults are filled in', (t) => {
  t.deepEqual(check('unscanned', {}), { parameters: { gracePeriod: '30m', allowNamespaces: [], countUnchecked: false } });
  t.deepEqual(check('security', {}), {
    parameters: { minSeverity: 'High', onlyFixable: false, ignoreCves: [], unknownSeverityAs: 'Low', skipNotApplicable: false },
  });
  t.deepEqual(check('license', {}), { parameters: { denied: [], allowed: [] } });
});

test('what is given stays, and the object given is not changed', (t) => {
  const given = { minSeverity: 'Low', ignoreCves: ['CVE-1'] };
  t.deepEqual(check('security', given), {
    parameters: { minSeverity: 'Low', onlyFixable: false, ignoreCves: ['CVE-1'], unknownSeverityAs: 'Low', skipNotApplicable: false },
  });
  t.deepEqual(given, { minSeverity: 'Low', ignoreCves: ['CVE-1'] });
});

test('a wrong word is answered with the right ones', (t) => {
  t.deepEqual(check('security', { minSeverity: 'high' }), {
    problems: [
      {
        path: 'spec.rules[2].parameters.minSeverity',
        message: 'must be one of Critical, High, Medium, Low, Information',
        hint: 'did you mean `High`?',
      },
    ],
  });
});

test('a misspelt parameter is answered with those that there are', (t) => {
  t.deepEqual(check('license', { deny: ['MIT'] }), {
    problems: [
      { path: 'spec.rules[2].parameters.deny', message: 'is not a parameter of license', hint: 'it has denied, allowed', isName: true },
    ],
  });
});

test('every problem is told with its place', (t) => {
  t.deepEqual(check('unscanned', { gracePeriod: '1d', allowNamespaces: ['a', 1], countUnchecked: 'yes' }), {
    problems: [
      { path: 'spec.rules[2].parameters.gracePeriod', message: 'must be a duration such as 30m or 1h30m' },
      { path: 'spec.rules[2].parameters.allowNamespaces[1]', message: 'must be string' },
      { path: 'spec.rules[2].parameters.countUnchecked', message: 'must be boolean' },
    ],
  });
});

test('the schema of inline parameters has their keys and types and no others', (t) => {
  t.deepEqual(
    inferSchema({ registry: 'a', limit: 1, strict: true, nothing: null, list: ['a'], mixed: ['a', 1], empty: [], deep: { a: [{ b: 1 }] } }),
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        registry: { type: 'string' },
        limit: { type: 'number' },
        strict: { type: 'boolean' },
        nothing: { type: 'null' },
        list: { type: 'array', items: { type: 'string' } },
        mixed: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
        empty: { type: 'array' },
        deep: {
          type: 'object',
          additionalProperties: false,
          properties: {
            a: { type: 'array', items: { type: 'object', additionalProperties: false, properties: { b: { type: 'number' } } } },
          },
        },
      },
    },
  );
});

test('the description of a rule needs a title and a schema', (t) => {
  const parameters = { type: 'object', additionalProperties: false, properties: {} };
  t.deepEqual(ruleDescriptionProblems({ title: 'A rule', parameters }), []);
  t.deepEqual(ruleDescriptionProblems(null), [{ path: '', message: 'must be an object with title and parameters' }]);
  t.deepEqual(ruleDescriptionProblems({ title: 1, parameters: { type: 'object' } }), [
    { path: 'title', message: 'must be a text' },
    { path: 'parameters', message: '`type: object` and `additionalProperties: false` are needed' },
  ]);
});

test('a schema that is open, or leaves a parameter without a default, is refused', (t) => {
  t.is(parametersSchemaProblem({ type: 'object' }), '`type: object` and `additionalProperties: false` are needed');
  t.is(
    parametersSchemaProblem({ type: 'object', additionalProperties: false, properties: { a: { type: 'string' } } }),
    'the parameter a has no default',
  );
  t.is(
    parametersSchemaProblem({ type: 'object', additionalProperties: false, properties: { a: { type: 'string', default: 1 } } }),
    'the defaults do not fit: data/a must be string',
  );
  t.regex(
    parametersSchemaProblem({ type: 'object', additionalProperties: false, properties: { a: { type: 'text', default: 1 } } }) ?? '',
    /schema is invalid/,
  );
});

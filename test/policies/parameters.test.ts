// Parameters of rules against their schemas, as the policies' authors write them.
import test from 'ava';
import { readRuleLibrary } from '../../src/opa/library.ts';
import { checkParameters, inferSchema, parseRuleDescription } from '../../src/policy/parameters.ts';
import { policiesDirectory } from '../opa/real-compiler.ts';

const { rules } = await readRuleLibrary(policiesDirectory);

function check(rule: string, parameters: Readonly<Record<string, unknown>>): unknown {
  return checkParameters(parameters, rules.get(rule)?.parametersSchema ?? {}, { rule, path: 'spec.rules[2].parameters' });
}

test('defaults are filled in', (t) => {
  t.deepEqual(check('unscanned', {}), { parameters: { gracePeriod: '30m', allowNamespaces: [], countUnchecked: false } });
  t.deepEqual(check('security', {}), {
    parameters: {
      minSeverity: 'High',
      onlyFixable: false,
      ignoreCves: [],
      unknownSeverityAs: 'Low',
      skipNotApplicable: false,
      source: 'issues',
    },
  });
  t.deepEqual(check('license', {}), { parameters: { denied: [], allowed: [], useXrayViolations: false } });
});

test('what is given stays, and the object given is not changed', (t) => {
  const given = { minSeverity: 'Low', ignoreCves: ['CVE-1'] };
  t.deepEqual(check('security', given), {
    parameters: {
      minSeverity: 'Low',
      onlyFixable: false,
      ignoreCves: ['CVE-1'],
      unknownSeverityAs: 'Low',
      skipNotApplicable: false,
      source: 'issues',
    },
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
      {
        path: 'spec.rules[2].parameters.deny',
        message: 'is not a parameter of license',
        hint: 'it has denied, allowed, useXrayViolations',
        isName: true,
      },
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
  t.deepEqual(parseRuleDescription({ title: 'A rule', parameters }), { description: { title: 'A rule', parametersSchema: parameters } });
  t.deepEqual(parseRuleDescription(null), { problems: [{ path: '', message: 'must be an object with title and parameters' }] });
  t.deepEqual(parseRuleDescription({ parameters }), { problems: [{ path: 'title', message: 'must be a text' }] });
  t.deepEqual(parseRuleDescription({ title: 'A rule', parameters: [] }), {
    problems: [{ path: 'parameters', message: 'must be a JSON schema of the parameters' }],
  });
  t.deepEqual(parseRuleDescription({ title: 1, parameters: { type: 'object' } }), {
    problems: [
      { path: 'title', message: 'must be a text' },
      { path: 'parameters', message: '`type: object` and `additionalProperties: false` are needed' },
    ],
  });
});

test('whether a rule reads violations is a boolean, or what parameters have to be for it', (t) => {
  const properties = { source: { type: 'string', enum: ['issues', 'violations'], default: 'issues' } };
  const parameters = { type: 'object', additionalProperties: false, properties };
  const read = (readsViolations: unknown) => parseRuleDescription({ title: 'A rule', parameters, readsViolations });
  for (const readsViolations of [true, false, { source: 'violations' }])
    t.deepEqual(read(readsViolations), { description: { title: 'A rule', parametersSchema: parameters, readsViolations } });
  t.deepEqual(read('no'), {
    problems: [{ path: 'readsViolations', message: 'must be true, false, or an object of parameters with their values' }],
  });
  t.deepEqual(read({ sorce: 'violations' }), {
    problems: [
      {
        ...{ path: 'readsViolations.sorce', message: 'is not a parameter of the rule' },
        ...{ hint: 'did you mean `source`?', isName: true },
      },
    ],
  });
  t.deepEqual(read({ source: 'violation' }), {
    problems: [{ path: 'readsViolations.source', message: 'must be one of issues, violations', hint: 'did you mean `violations`?' }],
  });
});

test('a schema that leaves a parameter without a default that fits is refused', (t) => {
  const problemsWith = (a: object) => {
    const read = parseRuleDescription({ title: 'A rule', parameters: { type: 'object', additionalProperties: false, properties: { a } } });
    return 'problems' in read ? read.problems : [];
  };
  const path = 'parameters.properties.a';
  t.deepEqual(problemsWith({ type: 'string' }), [{ path, message: 'the parameter a has no default', isName: true }]);
  const unfit = 'the defaults do not fit: data/a must be string';
  t.deepEqual(problemsWith({ type: 'string', default: 1 }), [{ path, message: unfit, isName: true }]);
  t.regex(problemsWith({ type: 'text', default: 1 })[0]?.message ?? '', /schema is invalid/);
});

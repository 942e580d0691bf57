// The library rules are proven by the code of `kubexray test`: the real compiler, the real worker, every case.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createRecordedDocument } from '../../src/commands/recorded-document.ts';
import { readRuleFolder } from '../../src/commands/rule-folders.ts';
import { proveRule } from '../../src/commands/run-cases.ts';
import { ruleId } from '../../src/evaluation/rule-id.ts';
import { findOpa } from '../../src/opa/find-opa.ts';
import { readLibraryRule } from '../../src/opa/library.ts';
import { createLoadProgram } from '../../src/opa/load.ts';
import { createOpaTester } from '../../src/opa/opa-test.ts';
import { silent } from '../../src/opa/progress.ts';
import { policiesDirectory, realCompiler } from '../opa/real-compiler.ts';

const [{ library, compiler }, opa] = await Promise.all([realCompiler(), findOpa({ env: process.env, progress: silent })]);
const { lib } = library;
const parts = {
  ...{ compiler, loadProgram: createLoadProgram(), tester: createOpaTester({ opa, lib }), lib },
  recordedDocument: createRecordedDocument(new Date('2026-11-23T10:00:00.000Z')),
  nowMs: () => 0,
};
const proven = await Promise.all(
  ['license', 'security', 'unscanned'].map(async (name) => {
    const folder = await readRuleFolder(join(policiesDirectory, name));
    return { name, folder, result: await proveRule(folder, parts) };
  }),
);

test('the library has the three conditions of KubeXray', (t) => {
  t.deepEqual([...library.rules.keys()], ['license', 'security', 'unscanned']);
});

test('what says that it reads no violations names none', async (t) => {
  const folders = await Promise.all(
    [policiesDirectory, join(policiesDirectory, '../examples')].map(async (directory) => {
      const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
      return Promise.all(names.map((name) => readLibraryRule(directory, name)));
    }),
  );
  const without = folders.flat().filter(({ readsViolations }) => readsViolations === false);
  t.is(without.length, 9);
  for (const { name, rego, parametersSchema } of without) {
    const rule = { rego, parameters: {}, parametersSchema, watches: [] };
    t.deepEqual(await compiler.check({ ...rule, id: ruleId({ ...rule, lib }) }), [], name);
  }
});

for (const { name, folder, result } of proven) {
  test(`${name} passes its check, and all its cases are cases`, (t) => {
    t.deepEqual(result.problems, []);
    t.true(result.results.length > 10);
  });

  test(`${name} has a case of each verdict`, (t) => {
    t.deepEqual([...new Set(folder.cases.map(({ ruleCase }) => ruleCase.want.verdict))].sort(), ['passed', 'undecided', 'violated']);
  });

  // What is left is for documents that this engine does not make: a severity that nobody knows.
  test(`${name}: nine in ten of its lines are reached`, (t) => {
    t.true((result.coverage?.percent ?? 0) > 90, JSON.stringify(result.coverage));
  });

  for (const { name: title, details } of result.results) {
    test(`${name}: ${title}`, (t) => {
      t.deepEqual(details, []);
    });
  }
}

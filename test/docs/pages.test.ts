// The pages that are written by hand: their files and commands do what they show. Runs the command, needs no cluster.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { documentOf } from '../../src/cases/case-document.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { type PageStep, patternOf, printedBy, stepsOf, writeStep } from './page-steps.ts';

const reference = join(import.meta.dirname, '../../docs/reference');
const outputPage = await readFile(join(reference, 'output.md'), 'utf8');
const casesPage = await readFile(join(reference, 'cases.md'), 'utf8');

function fileOf(page: string, path: string): Extract<PageStep, { kind: 'file' }> {
  const found = stepsOf(page).find((step) => step.kind === 'file' && step.path === path);
  if (found?.kind !== 'file') throw new Error(`find ${path} on the page: it is not there`);
  return found;
}

// The cases are about the snapshot of the other page.
const pages = [
  { name: 'output.md', steps: stepsOf(outputPage), commands: 7 },
  { name: 'cases.md', steps: [fileOf(outputPage, 'shop.json'), ...stepsOf(casesPage)], commands: 4 },
];

for (const { name, steps, commands } of pages) {
  test(`each command of ${name} prints what the page shows`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'kubexray-page-'));
    try {
      t.is(steps.filter(({ kind }) => kind === 'command').length, commands);
      for (const step of steps) {
        if (step.kind === 'file') await writeStep(directory, step);
        else {
          const printed = await printedBy(step.command, directory);
          t.regex(printed, patternOf(step.shown), `$ ${step.command}\n${printed}`);
        }
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

test('the snapshot of output.md is, to the byte, what is written of its content', (t) => {
  const { path, text } = fileOf(outputPage, 'shop.json');
  const [document] = parseDocuments(path, text);
  t.is(document && snapshotText(readSnapshot(document)).text, text);
});

test('the document in cases.md is the one that is filled in', (t) => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(casesPage) ?? [];
  t.deepEqual(JSON.parse(json), documentOf({ images: [{ issues: [{}], operationalRisks: [{}] }] }));
});

test('links of the pages lead to files', async (t) => {
  const docs = join(import.meta.dirname, '../../docs');
  const named = ['guide/writing-rules.md', 'reference/cases.md', 'reference/output.md', 'reference/cli.md', 'reference/input.md'];
  for (const page of named) {
    const text = await readFile(join(docs, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      await t.notThrowsAsync(readFile(join(docs, page, '..', link)), link);
  }
});

// Follows the pages that are written by hand and need no cluster: writes their files, runs their commands, compares what they print.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fileOf, patternOf, printedBy, stepsOf, writeStep } from '../docs/page-steps.ts';

const reference = join(import.meta.dirname, '../../docs/reference');
const outputPage = await readFile(join(reference, 'output.md'), 'utf8');
const exceptionsPage = await readFile(join(reference, '../guide/exceptions.md'), 'utf8');
const watchesPage = await readFile(join(reference, '../guide/watches.md'), 'utf8');
const casesPage = await readFile(join(reference, 'cases.md'), 'utf8');

// The cases, the exceptions and the watches are about the snapshot of the other page.
const pages = [
  { name: 'output.md', steps: stepsOf(outputPage), commands: 7 },
  { name: 'cases.md', steps: [fileOf(outputPage, 'shop.json'), ...stepsOf(casesPage)], commands: 4 },
  { name: 'watches.md', steps: [fileOf(outputPage, 'shop.json'), ...stepsOf(watchesPage)], commands: 3 },
  { name: 'exceptions.md', steps: [fileOf(outputPage, 'shop.json'), ...stepsOf(exceptionsPage)], commands: 2 },
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

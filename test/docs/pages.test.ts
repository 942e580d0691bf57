// The pages that are written by hand: their files are what the code makes, their links lead somewhere. Their commands are run in e2e/.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { documentOf } from '../../src/cases/case-document.ts';
import { parseDocuments } from '../../src/recording/documents.ts';
import { readSnapshot } from '../../src/recording/read-snapshot.ts';
import { snapshotText } from '../../src/recording/snapshot-text.ts';
import { fileOf } from './page-steps.ts';

const reference = join(import.meta.dirname, '../../docs/reference');
const outputPage = await readFile(join(reference, 'output.md'), 'utf8');
const casesPage = await readFile(join(reference, 'cases.md'), 'utf8');

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
  const named = [
    'guide/writing-rules.md',
    'guide/exceptions.md',
    'guide/webhook.md',
    'guide/watches.md',
    'guide/xray.md',
    'reference/cases.md',
    'reference/output.md',
    'reference/cli.md',
    'reference/input.md',
  ];
  for (const page of named) {
    const text = await readFile(join(docs, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      await t.notThrowsAsync(readFile(join(docs, page, '..', link)), link);
  }
});

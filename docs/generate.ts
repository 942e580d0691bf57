// Makes the reference pages and the published schema from what the code, the CRD and the rules say: `npm run generate`. Writes files of this repository.
import { writeFileSync } from 'node:fs';
import { builtinsPage } from './pages/builtins-page.ts';
import { cliPage } from './pages/cli-page.ts';
import { inputPage, inputSchemaFile } from './pages/input-page.ts';
import { examplesPage, libraryPage } from './pages/library-page.ts';
import { policyPage } from './pages/policy-page.ts';

/** Returns the generated files by their path relative to the repository. Reads files of this repository; writes nothing. */
export function generatedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/input.schema.json', inputSchemaFile()],
    ['docs/reference/input.md', inputPage()],
    ['docs/reference/library.md', libraryPage()],
    ['docs/reference/kubexraypolicy.md', policyPage()],
    ['docs/reference/builtins.md', builtinsPage()],
    ['docs/reference/cli.md', cliPage()],
    ['examples/README.md', examplesPage()],
  ]);
}

if (import.meta.main) {
  for (const [file, text] of generatedDocs()) writeFileSync(new URL(`../${file}`, import.meta.url), text);
}

// The generated files are those that the CRD makes today.
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { generated } from '../../crds/generate.ts';

test('the types and the schema of KubeXrayPolicy are those of the CRD; otherwise run `npm run generate`', async (t) => {
  const files = [...(await generated())];
  t.deepEqual(
    files.map(([file]) => file),
    ['src/policy/kubexraypolicy.generated.ts', 'src/policy/kubexraypolicy-schema.generated.ts'],
  );
  for (const [file, text] of files) t.is(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'), text, file);
});

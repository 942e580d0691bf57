// The generated reference is the one that code, CRD and rules make today, and says what it must.
import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { generatedDocs } from '../../docs/generate.ts';

const docs = generatedDocs();
const root = new URL('../../', import.meta.url);

function text(file: string): string {
  return docs.get(file) ?? '';
}

for (const [file, expected] of docs) {
  test(`${file} is what is generated today; otherwise run \`npm run generate\``, async (t) => {
    t.is(await readFile(new URL(file, root), 'utf8'), expected);
  });
}

test('every page of the reference is generated, or followed by a test', async (t) => {
  const pages = (await readdir(new URL('docs/reference/', root))).map((name) => `docs/reference/${name}`);
  t.deepEqual(
    pages.filter((page) => !docs.has(page)),
    ['docs/reference/cases.md', 'docs/reference/output.md'],
  );
});

test('no cell of the page of the resource is empty but for the mark of wide columns', (t) => {
  t.deepEqual(text('docs/reference/kubexraypolicy.md').match(/^.*\| +\|$/gm), null);
});

test('the page of the command has each verb, with its flags, and each environment variable that the code reads', async (t) => {
  const page = text('docs/reference/cli.md');
  t.deepEqual(page.match(/(?<=^## kubexray )\w+/gm), ['controller', 'plan', 'explain', 'test', 'init', 'check', 'snapshot']);
  t.true(page.includes('| `-o, --output <form>` | How to print it: `table`, `json`, `junit`, `sarif`. | `table` |'));
  t.true(page.includes('| `--health-port <port>` | Port of /healthz and /readyz; 0 takes a free one. | `8080` | `KUBEXRAY_HEALTH_PORT` |'));
  t.true(page.includes('| `-f, --file <path...>` | Files or folders with the policies; - is standard input. Required. |'));
  t.true(page.includes('kubexray plan -f policies/ --resources manifests/ --facts facts.yaml'));
  const files = (await readdir(new URL('src/', root), { recursive: true })).filter((name) => name.endsWith('.ts'));
  const source = await Promise.all(files.map((name) => readFile(new URL(`src/${name}`, root), 'utf8')));
  const named = new Set(source.flatMap((file) => file.match(/\bKUBEXRAY_[A-Z_]+\b/g) ?? []));
  t.true(named.size > 10);
  t.deepEqual(
    [...named].filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test('the input page has a row for each field, however deep', (t) => {
  const page = text('docs/reference/input.md');
  t.true(page.includes('## input.images[].issues[].components[]\n'));
  t.true(page.includes('| `fixedVersions` | list of texts | Empty when no fix is known. |'));
  t.true(page.includes('| `scannedAt` | text | When Xray gave what stands here; absent unless scanned. RFC 3339, UTC. May be absent. |'));
  t.true(page.includes('| `cvss` | number or null |'));
  t.true(page.includes('| `labels` | map of texts |'));
  t.true(page.includes('| `type` | `container`, `init`, `ephemeral` |'));
});

test('the library page has each rule with its defaults, and each function', (t) => {
  const page = text('docs/reference/library.md');
  t.deepEqual(page.match(/^## \w+/gm), ['## license', '## security', '## unscanned', '## Functions']);
  t.true(page.includes('| `gracePeriod` | duration | `"30m"` |'));
  t.deepEqual(page.match(/(?<=^\| `lib\.)[^`]+/gm), [
    'severities',
    'severity_rank(severity)',
    'at_least(severity, threshold)',
    'matches(patterns, text)',
    'matches_ignoring_case(patterns, text)',
    'older_than(since, duration, now)',
    'why_unknown(state)',
    'components(issue)',
    'component_name(component)',
    'remedy(component)',
    'breach(violation)',
  ]);
});

test('the page of the resource has its fields with defaults and bounds, its columns and its conditions', (t) => {
  const page = text('docs/reference/kubexraypolicy.md');
  t.true(
    page.includes(
      '| `mode` | `DryRun`, `Enforce` | DryRun (the default) judges and reports what would be done; Enforce also does it. Default `DryRun`. |',
    ),
  );
  t.regex(page, /\| `rules` \| list of objects, required \| .* 1 to 50 entries\. \|/);
  t.true(page.includes('The API server demands: give exactly one of use and rego.'));
  t.true(page.includes('| Contested | wide | `.status.totals.contested` |'));
  t.true(page.includes('| `Compiled` | every rule of this generation is in force |'));
});

test('the examples page has each example with its parameters', (t) => {
  const page = text('examples/README.md');
  t.is(page.match(/^\| \[[a-z-]+\]\(#/gm)?.length, 8);
  t.true(page.includes('| `days` | integer | `30` | How many days teams have to roll out a fix. |'));
});

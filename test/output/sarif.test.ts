// Findings as SARIF, by what code scanners need of it.
import test from 'ava';
import { sarifLog } from '../../src/output/sarif.ts';

test('a finding has its rule, its place in the file and what it is about', (t) => {
  const log = sarifLog([
    { ruleId: 'TypeError', level: 'error', message: 'no', file: 'a b/ö.yaml', line: 3, column: 4, logicalName: 'production/own' },
    { ruleId: 'TypeError', level: 'warning', message: 'again', file: 'c.yaml' },
    { ruleId: 'Other', level: 'note', message: 'nowhere' },
  ]);
  t.deepEqual(JSON.parse(log), {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kubexray',
            rules: [{ id: 'TypeError' }, { id: 'Other' }],
          },
        },
        results: [
          {
            ...{ ruleId: 'TypeError', level: 'error', message: { text: 'no' } },
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: 'a%20b/%C3%B6.yaml' }, region: { startLine: 3, startColumn: 4 } },
                logicalLocations: [{ fullyQualifiedName: 'production/own', kind: 'resource' }],
              },
            ],
          },
          {
            ...{ ruleId: 'TypeError', level: 'warning', message: { text: 'again' } },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'c.yaml' } } }],
          },
          { ruleId: 'Other', level: 'note', message: { text: 'nowhere' } },
        ],
      },
    ],
  });
});

test('no findings are a run without results', (t) => {
  t.like(JSON.parse(sarifLog([])), { runs: [{ results: [], tool: { driver: { rules: [] } } }] });
});

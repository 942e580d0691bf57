// Which rules are taken to read violations of watches: rather one too many than one too few.
import test from 'ava';
import { readsViolations } from '../../src/evaluation/reads-violations.ts';

const reading = [
  'violation contains v.issue if { some image in input.images; some v in image.violations }',
  'violation contains "x" if count(input.watches) == 0',
  'violation contains "x" if input.images[_]["violations"][_].issue == "XRAY-1"',
  'violation contains "x" if { walk(input.images, [path, value]); value == "XRAY-1" }',
  'violation contains "x" if contains(json.marshal(input.images), "XRAY-1")',
  'violation contains "x" if { some key; input[key] }',
  'document := input',
  '  # the violations\nviolation contains v if some v in input.images[0].violations',
];
for (const rego of reading) {
  test(`reads violations: ${rego}`, (t) => {
    t.true(readsViolations(rego));
  });
}

const others = [
  'violation contains image.ref if { some image in input.images; image.state == "unscanned" }',
  '# nothing of violations\nviolation contains "x" if input.workload.replicas > 3',
  'violation contains "x" if input . workload.name == "x"',
];
for (const rego of others) {
  test(`reads none: ${rego}`, (t) => {
    t.false(readsViolations(rego));
  });
}

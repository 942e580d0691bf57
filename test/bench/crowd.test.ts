// The crowd is what the figures are said to be about: so many pods, of all the images, and nothing grave in them.
import test from 'ava';
import { crowdOf, crowdSources } from './crowd.ts';
import { percentile } from './percentile.ts';

for (const pods of [200, 1_000, 1_234, 10_000]) {
  test(`a crowd of ${pods} pods has so many pods, of 300 images that Xray knows`, (t) => {
    const crowd = crowdOf(pods);
    t.is(
      crowd.reduce((sum, { replicas }) => sum + replicas, 0),
      pods,
    );
    const images = new Set(crowd.flatMap((workload) => workload.images));
    const known = crowdSources(2).map(({ name }) => `registry.example.com/${name}`);
    t.deepEqual([...images].sort(), known.sort());
    t.is(new Set(crowd.map(({ namespace, name }) => `${namespace}/${name}`)).size, crowd.length);
  });
}

test('what Xray knows of a crowd breaks no rule at High', (t) => {
  const severities = crowdSources(10).flatMap(({ issues = [] }) => issues.map(({ severity }) => severity));
  t.deepEqual([...new Set(severities)].sort(), ['Information', 'Low', 'Medium']);
});

test('a percentile is a value that was measured, not one between two', (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  t.deepEqual([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)], [50, 99, 100]);
  t.deepEqual([percentile([7], 0.5), percentile([7], 0.99)], [7, 7]);
  t.is(percentile([1, Number.POSITIVE_INFINITY], 0.99), Number.POSITIVE_INFINITY);
});

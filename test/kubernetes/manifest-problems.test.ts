// What is said of manifests that the API server would refuse or read otherwise.
import test from 'ava';
import { kindProblem, manifestProblems } from '../../src/kubernetes/manifest-problems.ts';

function deployment(spec: object, containers: unknown): Record<string, unknown> {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec: { ...spec, template: { spec: { containers } } } };
}

test('a good manifest has no problem', (t) => {
  t.deepEqual(manifestProblems('Deployment', deployment({ replicas: 0 }, [{ name: 'main', image: 'nginx' }])), []);
});

test('a pod template without containers is said', (t) => {
  t.deepEqual(manifestProblems('Deployment', deployment({}, [])), [
    'it has no containers in spec.template.spec.containers, so nothing of it can be judged',
  ]);
});

test('a container without image, without name or with something else is said', (t) => {
  t.deepEqual(manifestProblems('Deployment', deployment({}, [{ name: 'a' }, { image: 'nginx' }, 'nginx', { name: 'b', image: 3 }])), [
    'container a has no image',
    'spec.template.spec.containers[1] has no name, so it is left out',
    'spec.template.spec.containers[2] is a text, wanted is an object',
    'the image of container b is a number, wanted is a text',
  ]);
});

const digest = `sha256:${'a'.repeat(64)}`;

for (const image of ['nginx', 'library/nginx:1.27', 'localhost:5000/a/b_c/d--e:v1', `r.example.com/a@${digest}`, `a:1@${digest}`]) {
  test(`an image reference is good: ${image}`, (t) => {
    t.deepEqual(manifestProblems('Deployment', deployment({}, [{ name: 'a', image }])), []);
  });
}

for (const image of ['Nginx', 'nginx:', 'a b', '{{ .Values.image }}', 'nginx@sha256:12', 'https://nginx', '/nginx']) {
  test(`an image reference is none: ${image}`, (t) => {
    t.deepEqual(manifestProblems('Deployment', deployment({}, [{ name: 'a', image }])), [
      `the image of container a is no reference: ${image}`,
    ]);
  });
}

test('replicas that are no number, and a label that is none, are said', (t) => {
  const manifest = { ...deployment({ replicas: '3' }, [{ name: 'a', image: 'nginx' }]), metadata: { name: 'a', labels: { version: 2 } } };
  t.deepEqual(manifestProblems('Deployment', manifest), [
    'metadata.labels version is a number, wanted is a text: put it in quotes',
    'spec.replicas is a text ("3"), wanted is a whole number',
  ]);
});

test('a CronJob has its containers further down', (t) => {
  t.deepEqual(manifestProblems('CronJob', { spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } } }), [
    'it has no containers in spec.jobTemplate.spec.template.spec.containers, so nothing of it can be judged',
  ]);
});

test('a kind that is misspelt, and one of another apiVersion, are said', (t) => {
  t.is(kindProblem('Deploymnt', 'apps/v1'), 'unknown kind Deploymnt is passed over: did you mean Deployment?');
  t.is(kindProblem('deployment', 'apps/v1'), 'unknown kind deployment is passed over: did you mean Deployment?');
  t.is(kindProblem('CronJob', 'batch/v1beta1'), 'a CronJob is read in apiVersion batch/v1, so this one in batch/v1beta1 is passed over');
});

for (const [kind, apiVersion] of [
  ['Service', 'v1'],
  ['Node', 'v1'],
  ['PodTemplate', 'v1'],
  ['PodDisruptionBudget', 'policy/v1'],
  ['CronTab', 'stable.example.com/v1'],
] as const) {
  test(`a kind that is not read is no mistake: ${kind}`, (t) => {
    t.is(kindProblem(kind, apiVersion), undefined);
  });
}

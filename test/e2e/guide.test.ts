// Follows the guide for authors to the letter: writes the files that it shows, runs its commands, and compares what they print.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { applyManifests } from '../cluster/manifests.ts';
import { patternOf, printedBy, stepsOf, writeStep } from '../docs/page-steps.ts';
import { deploy, evaluated, startEnvironment } from './environment.ts';

const root = join(import.meta.dirname, '../..');
const guide = await readFile(join(root, 'docs/guide/writing-rules.md'), 'utf8');

test('each command of the guide prints what the guide shows', async (t) => {
  t.timeout(180_000);
  const environment = await startEnvironment();
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-guide-'));
  try {
    const { admin, xray } = environment;
    await admin.createNamespace('shop');
    // An account that may read; what the guide applies is applied by the administrator.
    await admin.writeKubeconfig(join(directory, 'kubeconfig'), await admin.tokenFor('kubexray', 'kubexray'));
    await writeFile(join(directory, 'xray-token'), xray.login().token);
    await deploy(admin, { namespace: 'shop', name: 'api', image: 'registry.example.com/shop/api:1.4', replicas: 3 });
    await deploy(admin, { namespace: 'shop', name: 'proxy', image: 'docker.io/library/nginx:1.29', replicas: 1 });
    const steps = stepsOf(guide);
    t.true(steps.length > 15, 'the page has its steps');
    for (const step of steps) {
      if (step.kind === 'file') {
        await writeStep(directory, step);
        continue;
      }
      const { command, shown } = step;
      // The one line that is about the reader's shell, and the one that needs kubectl: its file is applied all the same.
      if (command.startsWith('alias ')) continue;
      const applied = /^kubectl apply -f (\S+)$/.exec(command)?.[1];
      if (applied !== undefined) {
        await applyManifests(admin, await readFile(join(directory, applied), 'utf8'));
        continue;
      }
      const printed = await printedBy(command, directory, { XRAY_URL: xray.url, KUBECONFIG: join(directory, 'kubeconfig') });
      t.regex(printed, patternOf(shown), `$ ${command}\n${printed}`);
    }
    await environment.startController();
    const status = await evaluated(admin, 'our-registry');
    t.deepEqual(
      status.violations?.map(({ workload, image, outcome }) => `${workload.name} ${image} ${outcome}`),
      ['proxy docker.io/library/nginx:1.29 WouldAct'],
    );
  } finally {
    await environment.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

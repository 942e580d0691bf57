// Follows the guide for authors to the letter: writes the files that it shows, runs its commands, and compares what they print.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { applyManifests } from '../cluster/manifests.ts';
import { deploy, type Environment, evaluated, startEnvironment } from './environment.ts';

const root = join(import.meta.dirname, '../..');
const guide = await readFile(join(root, 'docs/guide/writing-rules.md'), 'utf8');

/** In the order of the page. */
type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly shown: string };

function stepsOf(page: string): readonly Step[] {
  return [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].flatMap(([, language, path, text = '']): Step[] => {
    if (path !== undefined) return [{ kind: 'file', path, text }];
    if (language !== 'console') return [];
    return text
      .split(/^\$ /m)
      .slice(1)
      .map((part): Step => {
        const [command = '', ...shown] = part.split('\n');
        return { kind: 'command', command, shown: shown.join('\n') };
      });
  });
}

/** `…` stands for anything: on a line of its own for any lines, within one for the rest of it. */
function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const parts = lines.map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .split('…')
          .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

interface Ran {
  readonly output: string;
}

function runIn(directory: string, command: string, environment: Environment): Promise<Ran> {
  const script = `kubexray() { "${process.execPath}" "${join(root, 'src/cli.ts')}" "$@"; }\n${command}`;
  const env = { ...process.env, XRAY_URL: environment.xray.url, KUBECONFIG: join(directory, 'kubeconfig'), NO_COLOR: '1' };
  return new Promise((resolve) => {
    // A finding is exit code 1, which the page shows on purpose; what is printed tells the rest.
    execFile('sh', ['-c', script], { cwd: directory, env, timeout: 120_000 }, (_error, stdout, stderr) =>
      resolve({ output: stdout === '' ? stderr : stdout }),
    );
  });
}

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
        const path = join(directory, step.path);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, step.text);
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
      const { output } = await runIn(directory, command, environment);
      const printed = `${output.replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`;
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

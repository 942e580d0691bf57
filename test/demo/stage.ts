// Brings up what the demo plays on: tools, control plane, Xray's stand-in, the resource and the controller as its own process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminClient } from '../cluster/admin-client.ts';
import { kubernetesVersion } from '../cluster/binary.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../e2e/controller-process.ts';
import { installController } from '../e2e/environment.ts';
import { startXray, type XrayStandIn } from '../xray/stand-in.ts';
import type { Page } from './page.ts';
import type { Parts } from './parts.ts';

export interface Stage {
  readonly cluster: ControlPlane;
  readonly admin: AdminClient;
  readonly xray: XrayStandIn;
  readonly controller: ControllerProcess;
  /** The token for the stand-in is in it. */
  readonly xrayTokenFile: string;
}

const here = import.meta.dirname;
// As in a cluster: SIGTERM first, and no patience without end.
const drainWithinMs = 5_000;

/** Starts everything and tells of each part when it is there. What was started is ended by `parts`. */
export async function raiseStage(page: Page, parts: Parts): Promise<Stage> {
  const done = (part: string, text: string) => page.item(part, text, 15);
  const directory = await parts.take(
    () => mkdtemp(join(tmpdir(), 'kubexray-demo-')),
    // What was interrupted may still put a file into it.
    (path) => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  );
  await prepareTools(directory, parts);
  done('tools', 'opa and the test control plane are built and in the cache');
  const xray = await parts.take(
    () => startXray({ directory: join(here, 'images') }),
    (standIn) => standIn.close(),
  );
  done('Xray', `stand-in at ${xray.url}, knows the ${xray.images().length} images of test/demo/images/`);
  const cluster = await parts.take(
    () => startControlPlane(),
    (controlPlane) => controlPlane.stop(),
  );
  done('control plane', `Kubernetes ${kubernetesVersion} at ${cluster.server}, up in ${cluster.startSeconds.toFixed(1)} s`);
  const { admin } = cluster;
  await installController(admin);
  done('installed', 'crds/kubexraypolicies.yaml and deploy/rbac.yaml');
  const startedAt = performance.now();
  const options = await controllerOptions({ admin, xray, directory });
  const controller = await parts.take(() => startControllerProcess(options), endController);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  done('controller', `its own process, as ServiceAccount kubexray/kubexray; ready in ${seconds} s`);
  return { cluster, admin, xray, controller, xrayTokenFile: options.xrayTokenFile };
}

async function controllerOptions({ admin, xray, directory }: Pick<Stage, 'admin' | 'xray'> & { readonly directory: string }) {
  const kubeconfigPath = join(directory, 'kubeconfig');
  const xrayTokenFile = join(directory, 'xray-token');
  await admin.writeKubeconfig(kubeconfigPath, await admin.tokenFor('kubexray', 'kubexray'));
  await writeFile(xrayTokenFile, `${xray.login().token}\n`, { mode: 0o600 });
  return { kubeconfigPath, xrayUrl: xray.url, xrayTokenFile };
}

/** In a process group of its own, so that an interrupt ends the compilers too, wherever it came from. */
async function prepareTools(directory: string, parts: Parts): Promise<void> {
  const builder = await parts.take(
    () => {
      // An interrupted `go` leaves its working directory where it is.
      const env = { ...process.env, GOTMPDIR: directory };
      const child = spawn(process.execPath, [join(here, 'tools.ts')], { stdio: ['ignore', 'inherit', 'inherit'], detached: true, env });
      return { child, exited: once(child, 'exit') };
    },
    async ({ child, exited }) => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      process.kill(-child.pid, 'SIGINT');
      await exited;
    },
  );
  const [code] = await builder.exited;
  if (code !== 0) throw new Error('the tools could not be built; see above');
}

async function endController(controller: ControllerProcess): Promise<void> {
  const isEnded = await Promise.race([controller.end('SIGTERM').then(() => true), delay(drainWithinMs, false, { ref: false })]);
  if (!isEnded) await controller.end('SIGKILL');
}

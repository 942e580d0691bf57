// `kubexray controller`: builds the adapters and runs the controller until it is told to end. Reads flags, files and environment.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Log } from '../controller/log.ts';
import type { Timers } from '../controller/queue.ts';
import { type Controller, startController } from '../controller/run.ts';
import type { Clock } from '../facts/clock.ts';
import { createKubernetesClient } from '../kubernetes/client.ts';
import { createClusterObjects } from '../kubernetes/cluster-objects.ts';
import { createClusterPort } from '../kubernetes/cluster-port.ts';
import { startWatches } from '../kubernetes/watches.ts';
import { createRuleCompiler } from '../opa/compiler.ts';
import { findOpa } from '../opa/find-opa.ts';
import { readRuleLibrary } from '../opa/library.ts';
import { createLoadProgram } from '../opa/load.ts';
import { progressOn } from '../opa/progress.ts';
import { type Health, startHealth } from '../telemetry/health.ts';
import { createLog, type LogLevel } from '../telemetry/log.ts';
import { createXrayClient } from '../xray/client.ts';
import { startWebhook, type Webhook, type WebhookOptions } from '../xray/webhook.ts';
import { addRegistry, openRegistries, type RegistryFlags } from './registry-settings.ts';
import { addKubeconfig, addXray, libraryDirectory, listOf, option, portOf, usage, type XrayFlags } from './settings.ts';
import { endDespiteStuckThreads } from './stuck-threads.ts';
import { addWebhook, type WebhookFlags, webhookSettings } from './webhook-settings.ts';
import { xraySettings } from './xray-settings.ts';

interface ControllerFlags extends XrayFlags, RegistryFlags, WebhookFlags {
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly protectedNamespaces?: string;
  readonly healthPort: string;
  readonly logLevel: LogLevel;
}

// A third of the 30 s that the kubelet gives a pod to end.
const endWithinMs = 10_000;
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Adds the verb to the program. */
export function addController(program: Command): void {
  const command = program.command('controller').description('watch the cluster, judge its workloads by the policies in it, and act');
  addKubeconfig(command);
  addXray(command);
  addRegistry(command);
  command
    .addOption(
      option(
        '--namespace <name>',
        'namespace of the controller itself, which it never acts in (default: that of its pod, else kubexray)',
        'KUBEXRAY_NAMESPACE',
      ),
    )
    .addOption(
      option('--protected-namespaces <patterns>', 'more namespaces never to act in, separated by commas', 'KUBEXRAY_PROTECTED_NAMESPACES'),
    )
    .addOption(option('--health-port <port>', 'port of /healthz and /readyz; 0 takes a free one', 'KUBEXRAY_HEALTH_PORT').default('8080'))
    .addOption(option('--log-level <level>', 'what to log', 'KUBEXRAY_LOG_LEVEL').choices(['error', 'info', 'debug']).default('info'))
    .action((flags: ControllerFlags) => run(flags));
  addWebhook(command);
}

async function run(flags: ControllerFlags): Promise<void> {
  const xray = xraySettings(flags, process.env);
  if (xray === undefined) throw usage('--xray-url is missing');
  const healthPort = portOf(flags.healthPort, '--health-port');
  const webhooks = webhookSettings(flags, {
    env: process.env,
    ...(xray.webhookToken === undefined ? {} : { otherToken: xray.webhookToken }),
  });
  const log = createLog(flags.logLevel);
  const scans = createXrayClient(xray.client);
  for (const warning of xray.warnings) log.error({}, warning);
  const registries = await openRegistries(flags, { env: process.env, now: timers.now, warn: (message) => log.error({}, message) });
  const client = await createKubernetesClient({ kubeconfigPath: flags.kubeconfig, env: process.env });
  const opa = await findOpa({ env: process.env, progress: progressOn(process.stderr) });
  const library = await readRuleLibrary(libraryDirectory);
  const port = createClusterPort(createClusterObjects(client));
  // Ports come first: where one is no good, nothing else was begun.
  let started: Controller | undefined;
  const health = await startHealth({ port: healthPort, whyNotReady: () => (started === undefined ? 'starting' : started.whyNotReady()) });
  const webhook = webhooks && (await startReceiver({ ...webhooks, onNotice: (notice) => started?.askAgain(notice), timers, log }, health));
  const controller = startController({
    startWatches: (handlers) => startWatches({ client, timers, random: Math.random, log }, handlers),
    port,
    scans,
    violations: scans,
    registry: flags.registry === false ? undefined : registries,
    library,
    compiler: createRuleCompiler({ opa, lib: library.lib }),
    loadProgram: createLoadProgram({
      onAbandoned: endDespiteStuckThreads(() =>
        log.error({}, 'a rule cannot be ended: its thread is left to itself until the next restart'),
      ),
    }),
    protectedNamespaces: [ownNamespace(flags), ...listOf(flags.protectedNamespaces)],
    clock,
    timers,
    random: Math.random,
    newActionId: randomUUID,
    log,
  });
  started = controller;
  log.info({ healthPort: health.port, ...(webhook && { webhookPort: webhook.port }) }, 'controller started');
  await untilSignal(log);
  // A pass that waits for a server that hangs would outlast the grace period of the pod: without its connections it ends.
  const cancel = setTimer(() => void Promise.allSettled([scans.close(), registries.close(), client.close()]), endWithinMs);
  await end({ controller, health, webhook });
  cancel();
  await Promise.all([scans.close(), registries.close(), client.close()]);
  log.info({}, 'controller ended');
}

/** What listens already would keep the process from ending. */
async function startReceiver(options: WebhookOptions, health: Health): Promise<Webhook> {
  try {
    return await startWebhook(options);
  } catch (thrown) {
    await health.close();
    throw thrown;
  }
}

interface Running {
  readonly controller: Controller;
  readonly health: Health;
  readonly webhook: Webhook | undefined;
}

async function end({ controller, health, webhook }: Running): Promise<void> {
  await webhook?.close();
  await controller.stop();
  await health.close();
}

const clock: Clock = { now: () => new Date(), setTimer };
const timers: Timers = { now: () => performance.now(), setTimer };

function setTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/** The namespace that must not be acted in, because this controller lives there. */
function ownNamespace({ namespace }: ControllerFlags): string {
  if (namespace !== undefined) return namespace;
  return existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'kubexray';
}

/** Resolves at the first SIGTERM or SIGINT; at the second the process ends at once. */
function untilSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      log.info({ signal }, 'ending');
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeListener(name, onSignal);
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

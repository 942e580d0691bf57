// Entry: `npm run demo`, the whole engine in half a minute on this machine. `-- --keep` leaves it up until Ctrl-C.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/failure.ts';
import { showPolicies, showWorkloads } from './opening.ts';
import { type Page, pageOn } from './page.ts';
import { Parts } from './parts.ts';
import { raiseStage, type Stage } from './stage.ts';
import { showFix, showNewIssue } from './turn.ts';

/** Returns the exit code; everything that was started has ended by then. */
async function main(): Promise<number> {
  const { keep } = parseArgs({ options: { keep: { type: 'boolean', default: false } } }).values;
  const interrupt = interruption();
  const page = pageOn(process.stdout, interrupt.signal);
  const parts = new Parts();
  const code = await play(page, { parts, keep, interrupted: interrupt.happened }).catch((thrown: unknown) => {
    console.error(`\nThe demo failed: ${messageOf(thrown)}`);
    return 1;
  });
  const failures = await parts.end();
  for (const failure of failures) console.error(`The demo could not end in order: ${messageOf(failure)}`);
  return failures.length > 0 ? 1 : code;
}

interface Play {
  readonly parts: Parts;
  readonly keep: boolean;
  readonly interrupted: Promise<undefined>;
}

async function play(page: Page, { parts, keep, interrupted }: Play): Promise<number> {
  const stage = await Promise.race([playActs(page, parts), interrupted]);
  if (stage === undefined) return 130;
  if (!keep) {
    page.say(`With \`npm run demo -- --keep\` all of it stays up, and you go on from here with kubectl. The README says how to run the
      controller in a cluster of yours.`);
    return 0;
  }
  sayHowToGoOn(page, stage);
  await interrupted;
  return 0;
}

async function playActs(page: Page, parts: Parts): Promise<Stage> {
  const startedAt = performance.now();
  page.heading('KubeXray: what happens to images that run already');
  page.say(`This is a real Kubernetes API server with the real workload controllers, and the controller of KubeXray as its own process. Two
    things are stand-ins: JFrog Xray, and the nodes, whose pods only seem to run. All of it is on this machine, and gone at the end.`);
  page.heading('1. Setting up');
  const stage = await raiseStage(page, parts);
  try {
    await showWorkloads(stage, page);
    await showPolicies(stage, page);
    await showNewIssue(stage, page);
    await showFix(stage, page);
  } catch (thrown) {
    const log = stage.controller.log().slice(-10).join('\n');
    throw new Error(`${messageOf(thrown)}\n\nThe end of the log of the controller:\n${log}`, { cause: thrown });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  page.say(`That was all, in ${seconds} s. Each state above was seen on the API server before it was written here.`);
  return stage;
}

function sayHowToGoOn(page: Page, { cluster, xray, xrayTokenFile, controller }: Stage): void {
  page.heading('Everything stays up until Ctrl-C');
  page.say('In another terminal, in the folder of this clone:');
  page.lines(`export KUBECONFIG=${cluster.kubeconfigPath}
export XRAY_URL=${xray.url}
export XRAY_TOKEN_FILE=${xrayTokenFile}
kubectl get kxp -o wide
kubectl get kxp production -o yaml
kubectl -n shop get deployments,statefulsets -L kubexray.io/scaled-down`);
  page.say('Why audit is left alone. No registry is asked, because registry.example.com does not exist:');
  page.lines(`npm run -s kubexray -- explain deploy/kube-system/audit \\
  --xray-url $XRAY_URL --xray-token-file $XRAY_TOKEN_FILE --no-registry`);
  page.say('What the stand-in can do, such as publish an issue or fail:');
  page.lines('curl $XRAY_URL/stand-in');
  page.say(
    'A release of ledger without the issue brings it back. With the image that has the issue, web goes to zero. Without the policy, all are back:',
  );
  page.lines(`kubectl -n shop set image deployment/ledger main=registry.example.com/shop/ledger:7.3
kubectl -n shop set image deployment/web main=registry.example.com/shop/ledger:7.2
kubectl delete kxp production`);
  page.say('A controller of your own in place of the one that runs; two at once would both act:');
  page.lines(`kill ${controller.pid}
npm run -s kubexray -- controller \\
  --xray-url $XRAY_URL --xray-token-file $XRAY_TOKEN_FILE --no-registry`);
}

/** Says when this process is told to end, or when nobody reads its output any more, as behind `head`. */
function interruption(): { readonly signal: AbortSignal; readonly happened: Promise<undefined> } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // Further signals change nothing: the end takes a few seconds at most.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, abort);
  process.once('SIGINT', () => console.error('\nTaking everything down.'));
  process.stdout.on('error', abort);
  const { promise: happened, resolve } = Promise.withResolvers<undefined>();
  controller.signal.addEventListener('abort', () => resolve(undefined));
  return { signal: controller.signal, happened };
}

// What was interrupted may still wait for something.
process.exit(await main());

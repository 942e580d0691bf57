// The second half of the demo: an issue becomes known on an image that runs, and its fix is rolled out. Measured, and checked like the first.
import { at } from '../cluster/at.ts';
import { waitFor, waitForValue } from '../cluster/wait-for.ts';
import { evaluated, policyStatus, scaleOf, workloadPath } from '../e2e/environment.ts';
import { digestOf } from '../xray/images.ts';
import { patienceMs } from './expectation.ts';
import type { Page } from './page.ts';
import type { Stage } from './stage.ts';
import { findingColumns, findingRow, findingsOf } from './views.ts';

const api = { namespace: 'shop', name: 'api' } as const;
const apiPath = workloadPath(api);
const running = 'registry.example.com/shop/api:1.5';
const fixed = 'registry.example.com/shop/api:1.6';
// Short, because times are measured by it.
const wait = { timeoutMs: patienceMs, intervalMs: 15 } as const;

/** Publishes an issue on an image that runs, and shows what becomes of its Deployment, with times. */
export async function showNewIssue({ admin, xray }: Stage, page: Page): Promise<void> {
  page.heading('5. An issue becomes known on an image that runs');
  page.say(`Nothing changes in the cluster: Xray learns of a vulnerability in shop/api:1.5, which was clean until now and runs three times. The
    controller asks again at half of maxAge, which the policy sets to 4 s for this demo; without that line it is 24h.`);
  const digest = digestOf(running);
  const publishedAt = new Date();
  const item = stopwatch(page);
  xray.addIssue(digest, {
    id: 'XRAY-209876',
    cve: 'CVE-2022-29078',
    severity: 'Critical',
    cvss: 9.8,
    summary: 'ejs runs code given in the options of a template',
    components: [{ id: 'npm://ejs', version: '3.1.6', fixed: ['3.1.7'] }],
  });
  item('Xray publishes CVE-2022-29078 (Critical) in npm://ejs 3.1.6');
  const isAsked = () => xray.requests().some(({ at: askedAt, checksums }) => askedAt >= publishedAt && checksums.includes(digest.slice(7)));
  await waitFor(isAsked, { what: 'the controller asking Xray again', ...wait });
  item('the controller asks Xray again about the images that run');
  await waitFor(async () => at(await admin.expect('GET', apiPath), 'spec.replicas') === 0, { what: 'api told to go to zero', ...wait });
  item('it sets the Deployment api from 3 replicas to 0');
  await waitForValue(() => scaleOf(admin, api), { replicas: 0, pods: 0 }, { what: 'api at zero', ...wait });
  item('the last pod of api is gone');
  const isConfirmed = async () => (await apiFindings({ admin })).some(({ outcome }) => outcome === 'Confirmed');
  await waitFor(isConfirmed, { what: 'api Confirmed in the status of the policy', ...wait });
  page.table(findingColumns, (await apiFindings({ admin })).map(findingRow));
}

/** Rolls out the version that has the fix, and shows the way back. */
export async function showFix({ admin }: Stage, page: Page): Promise<void> {
  page.heading('6. The fix is rolled out');
  page.say(
    'As any new version is, by a person or by GitOps. Nobody has to know that the controller keeps api at zero, or how many replicas it had:',
  );
  page.lines(`$ kubectl -n shop set image deployment/api main=${fixed}`);
  const item = stopwatch(page);
  const containers = [{ name: 'main', image: fixed }];
  const contentType = 'application/strategic-merge-patch+json';
  await admin.expect('PATCH', apiPath, { spec: { template: { spec: { containers } } } }, { contentType });
  item('the Deployment api has a new image');
  await waitFor(async () => at(await admin.expect('GET', apiPath), 'spec.replicas') === 3, { what: 'api given back 3 replicas', ...wait });
  item('the controller gives api its 3 replicas back');
  const isUp = async () => {
    const object = await admin.expect('GET', apiPath);
    const label = at(object, ['metadata', 'labels', 'kubexray.io/scaled-down']);
    return at(object, 'status.readyReplicas') === 3 && at(object, 'status.updatedReplicas') === 3 && label === undefined;
  };
  await waitFor(isUp, { what: 'api ready with the new image and without the label', ...wait });
  item('all 3 pods run the new version');
  await waitFor(async () => (await apiFindings({ admin })).length === 0, { what: 'no finding left about api', ...wait });
  const totals = { evaluated: 7, violating: 5, acted: 4, held: 2 };
  await waitForValue(() => totalsOf(admin), totals, { what: 'totals of the policy', ...wait });
  await evaluated(admin, 'production');
  page.lines(`$ kubectl get deployments --all-namespaces\n${await admin.table('/apis/apps/v1/deployments')}`);
  page.lines(`$ kubectl get kxp\n${await admin.table('/apis/kubexray.io/v1alpha1/kubexraypolicies')}`);
}

/** Returns what writes a line with the seconds since now. */
function stopwatch(page: Page): (text: string) => void {
  const startedAt = performance.now();
  return (text) => page.item(`${((performance.now() - startedAt) / 1000).toFixed(2).padStart(6)} s`, text, 11);
}

async function apiFindings({ admin }: Pick<Stage, 'admin'>) {
  return (await findingsOf(admin, ['production'])).filter(({ workload }) => workload.name === api.name);
}

async function totalsOf(admin: Stage['admin']) {
  const { evaluated: judged, violating, acted, held } = (await policyStatus(admin, 'production')).totals ?? {};
  return { evaluated: judged, violating, acted, held };
}

// The first half of the demo: what runs, which policies are applied, what they find and do. Every step waits for the state it tells of.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeXrayPolicy } from '../../src/policy/kubexraypolicy.generated.ts';
import { at } from '../cluster/at.ts';
import { applyManifests } from '../cluster/manifests.ts';
import { waitForValue } from '../cluster/wait-for.ts';
import { evaluated, workloadPath } from '../e2e/environment.ts';
import { expectLines, patienceMs } from './expectation.ts';
import type { Page } from './page.ts';
import type { Stage } from './stage.ts';
import {
  findingColumns,
  findingLine,
  findingRow,
  findingsOf,
  podCounts,
  ruleColumns,
  ruleRows,
  workloadColumns,
  workloadRows,
} from './views.ts';

const here = import.meta.dirname;
const policies = ['production', 'registries'] as const;

/** Applies the workloads and shows them, with what Xray knows of their images. */
export async function showWorkloads({ admin, xray }: Stage, page: Page): Promise<void> {
  page.heading('2. What runs');
  await admin.createNamespace('shop');
  await applyManifests(admin, await readFile(join(here, 'workloads.yaml'), 'utf8'));
  const running = [
    'kube-system/audit 1/1',
    'shop/api 3/3',
    'shop/closing 1/1',
    'shop/coupons 1/1',
    'shop/ledger 2/2',
    'shop/reports 2/2',
    'shop/toolbox 1/1',
    'shop/web 3/3',
  ];
  await expectLines('workloads and their pods', () => podCounts(admin), running);
  page.say(`Eight workloads (test/demo/workloads.yaml), and what Xray knows of their images at this moment. Images without a registry are from
    registry.example.com.`);
  page.table(workloadColumns, await workloadRows(admin, xray.images()));
}

/** Applies the policies and shows what they found and what was done. */
export async function showPolicies(stage: Stage, page: Page): Promise<void> {
  const { admin } = stage;
  page.heading('3. Two policies are applied');
  const startedAt = performance.now();
  for (const name of policies) {
    const text = await readFile(join(here, 'policies', `${name}.yaml`), 'utf8');
    await applyManifests(admin, text);
    // The API server has just accepted it.
    const { spec } = parse(text) as KubeXrayPolicy;
    page.say(`${name}, mode ${spec.mode} (test/demo/policies/${name}.yaml)`);
    page.table(ruleColumns, ruleRows(spec.rules));
  }
  await waitForFindings(stage);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  page.heading(`4. What was found and done, ${seconds} s later`);
  page.lines(`$ kubectl get kxp\n${await admin.table('/apis/kubexray.io/v1alpha1/kubexraypolicies')}`);
  page.say('One row for each workload, rule and image, from the status of the policies:');
  page.table(findingColumns, (await findingsOf(admin, policies)).map(findingRow));
  await showDeployments(stage, page);
}

async function waitForFindings({ admin }: Stage): Promise<void> {
  const expected = [
    'production/no-agpl shop/reports ScaleDown Confirmed',
    'production/no-high kube-system/audit ScaleDown Held Protected',
    'production/no-high shop/closing ScaleDown Held Unsupported',
    'production/no-high shop/ledger ScaleDown Confirmed',
    'production/no-malware shop/coupons Delete Confirmed',
    'production/unscanned shop/toolbox ScaleDown Confirmed',
    'registries/our-registry-only shop/toolbox ScaleDown WouldAct',
  ];
  const found = async () => (await findingsOf(admin, policies)).map(findingLine).sort();
  await expectLines('findings of the policies', found, expected);
  await Promise.all(policies.map((policy) => evaluated(admin, policy)));
}

async function showDeployments({ admin }: Stage, page: Page): Promise<void> {
  const left = [
    'kube-system/audit 1/1',
    'shop/api 3/3',
    'shop/closing 1/1',
    'shop/ledger 0/0',
    'shop/reports 0/0',
    'shop/toolbox 0/0',
    'shop/web 3/3',
  ];
  await expectLines('workloads and their pods after the actions', () => podCounts(admin), left);
  const path = workloadPath({ namespace: 'shop', name: 'ledger' });
  const label = () => admin.expect('GET', path).then((ledger) => at(ledger, ['metadata', 'labels', 'kubexray.io/scaled-down']));
  await waitForValue(label, '2', { what: 'count kept in the label of ledger', timeoutMs: patienceMs });
  page.lines(`$ kubectl get deployments --all-namespaces\n${await admin.table('/apis/apps/v1/deployments')}`);
  page.say(`web and api break no rule and were not touched. kube-system is always protected, and what cannot be scaled down yet, such as a
    Job, is only reported. registries is in DryRun: it says what it would do. The count to go back to stays on the object: ledger has the label
    kubexray.io/scaled-down=2.`);
}

// What the status of a policy still tells about deletions that an earlier process asked for. Pure.
import type { KubeXrayPolicyStatus, ViolationStatus } from '../policy/kubexraypolicy.generated.ts';
import type { WorkloadReport } from '../status/report.ts';

/** Returns a report per workload for which the status has a deletion that was sent, by the workload's key. */
export function recalledReports(policy: {
  readonly name: string;
  readonly status: KubeXrayPolicyStatus | undefined;
}): ReadonlyMap<string, WorkloadReport> {
  const byWorkload = new Map<string, ViolationStatus[]>();
  const sent = (policy.status?.violations ?? []).filter(({ outcome }) => outcome === 'Requested' || outcome === 'Confirmed');
  const deleted = new Set(sent.filter(({ action }) => action === 'Delete').map(({ workload }) => workload.uid));
  for (const row of sent) {
    if (!deleted.has(row.workload.uid)) continue;
    byWorkload.set(row.workload.uid, [...(byWorkload.get(row.workload.uid) ?? []), row]);
  }
  return new Map([...byWorkload].map(([uid, rows]) => [uid, reportOf(policy.name, rows)]));
}

function reportOf(policy: string, rows: readonly ViolationStatus[]): WorkloadReport {
  const workload = rows[0]?.workload;
  const ref = {
    apiVersion: '',
    kind: workload?.kind ?? '',
    namespace: workload?.namespace ?? '',
    name: workload?.name ?? '',
    uid: workload?.uid ?? '',
  };
  const recalled = rows.map(({ rule, image = '', digest = '', message, action, outcome, reason = '', actedAt }) => ({
    rule,
    image,
    digest,
    message,
    action,
    outcome,
    reason,
    ...(actedAt === undefined ? {} : { actedAt: new Date(actedAt) }),
  }));
  return {
    ref,
    isGone: false,
    policies: new Map([
      [policy, { generation: 0, rows: recalled, undecided: [], hasExcepted: false, kept: [], unknownImages: [], isProvisional: false }],
    ]),
  };
}

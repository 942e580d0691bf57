// Reports of workloads for tests of the status: what a test does not say is filled in.
import type { PolicyReport, Row, WorkloadReport } from '../../src/status/report.ts';

/** A finding on shop/api that is only reported. */
export function row(given: Partial<Row> = {}): Row {
  return {
    rule: 'security',
    image: 'reg.io/api:1',
    digest: 'sha256:a',
    message: 'XRAY-1',
    action: 'Ignore',
    outcome: 'Ignored',
    reason: '',
    ...given,
  };
}

/** What one workload means for the policy `production`. */
export function report(name: string, given: Partial<PolicyReport> = {}, others: Partial<WorkloadReport> = {}): WorkloadReport {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name, uid: `uid-${name}` };
  const own: PolicyReport = {
    generation: 1,
    rows: [],
    undecided: [],
    hasExcepted: false,
    kept: [],
    unknownImages: [],
    isProvisional: false,
    ...given,
  };
  return { ref, isGone: false, policies: new Map([['production', own]]), ...others };
}

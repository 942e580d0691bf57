// Findings for programs: JSON, and SARIF for code scanners. Pure.
import type { Finding } from './finding.ts';
import { type SarifResult, sarifLog } from './sarif.ts';

/** Returns the findings as a JSON list; what is not known is left out. */
export function findingsJson(findings: readonly Finding[]): string {
  const rows = findings.map(({ file, line, column, severity, reason, message, hint, policy, rule }) => ({
    ...{ file, line, column, severity, reason, message, hint, policy, rule },
  }));
  return JSON.stringify(rows, undefined, 2);
}

/** Returns the findings as a SARIF log. */
export function findingsSarif(findings: readonly Finding[]): string {
  return sarifLog(findings.map(sarifResult));
}

function sarifResult({ file, line, column, severity, reason, message, hint, policy, rule }: Finding): SarifResult {
  const logicalName = [policy, rule].filter((name) => name !== undefined).join('/');
  return {
    ruleId: reason,
    level: severity,
    message: hint === undefined ? message : `${message}\n${hint}`,
    file: file.replace(/^\.\//, ''),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(logicalName === '' ? {} : { logicalName }),
  };
}

// Reads one entry of an artifact's `operational_risks`: what Xray says of a component's upkeep; pure.

import type { OperationalRisk, RiskLevel } from '../facts/scan.ts';
import { flagAt, objectAt, textAt } from './fields.ts';

const levels: ReadonlySet<string> = new Set<RiskLevel>(['high', 'medium', 'low', 'none'] as const);

/** Returns the risk; only its level is put into lower case. Xray's message on the end of life is prose and left out. Throws `ShapeProblem`. */
export function parseRisk(value: unknown, path: string): OperationalRisk {
  const risk = objectAt(value, path);
  return {
    component: textAt(risk.component_id, `${path}.component_id`),
    risk: parseLevel(risk.risk, `${path}.risk`),
    reason: textAt(risk.risk_reason, `${path}.risk_reason`),
    endOfLife: flagAt(risk.is_eol, `${path}.is_eol`),
    latestVersion: textAt(risk.latest_version, `${path}.latest_version`),
  };
}

function parseLevel(value: unknown, path: string): RiskLevel {
  const word = textAt(value, path).toLowerCase();
  return isLevel(word) ? word : 'unknown';
}

function isLevel(word: string): word is RiskLevel {
  return levels.has(word);
}

// Findings as SARIF 2.1.0, which code scanners show beside the lines they are about. Pure.

/** One finding. Lines and columns are 1-based. */
export interface SarifResult {
  /** What kind of finding it is, such as `TypeError` or `production/no-high`. */
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  /** Relative to where the command runs, with slashes. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Why it counts for nothing: somebody has accepted it elsewhere. Absent: it counts. */
  readonly suppressedFor?: string;
  /** What it is about when that is no place in a file: `Deployment/shop/api`. */
  readonly logicalName?: string;
}

/** Returns the log as JSON text, in the order given. */
export function sarifLog(results: readonly SarifResult[]): string {
  const rules = [...new Set(results.map(({ ruleId }) => ruleId))].map((id) => ({ id }));
  const driver = { name: 'kubexray', rules };
  // All results of a run say whether they are suppressed, or none does: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ §3.27.23
  const isTelling = results.some(({ suppressedFor }) => suppressedFor !== undefined);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        results: results.map((result) => ({ ...resultOf(result), ...(isTelling ? { suppressions: suppressionsOf(result) } : {}) })),
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

function resultOf({ ruleId, level, message, suppressedFor: _, ...place }: SarifResult): object {
  const location = locationOf(place);
  return { ruleId, level, message: { text: message }, ...(location === undefined ? {} : { locations: [location] }) };
}

function suppressionsOf({ suppressedFor }: SarifResult): readonly object[] {
  return suppressedFor === undefined ? [] : [{ kind: 'external', status: 'accepted', justification: suppressedFor }];
}

function locationOf({
  file,
  line,
  column,
  logicalName,
}: Omit<SarifResult, 'ruleId' | 'level' | 'message' | 'suppressedFor'>): object | undefined {
  if (file === undefined && logicalName === undefined) return undefined;
  const region = line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  const physical =
    file === undefined
      ? {}
      : { physicalLocation: { artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') }, ...region } };
  const logical = logicalName === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: logicalName, kind: 'resource' }] };
  return { ...physical, ...logical };
}

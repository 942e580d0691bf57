// Watches of Xray in a shape that a person writes: which images they look at, what their policies forbid, what is ignored.

import { createCheck } from './check.ts';
import { severities } from './severities.ts';

export type ViolationType = 'Security' | 'License' | 'Operational_Risk';

/** One rule of an Xray policy; of what it forbids at least one should be given, else it forbids nothing. */
export interface PolicyDefinition {
  readonly name: string;
  /** The name of the policy when omitted. */
  readonly rule?: string;
  /** Security issues from this severity on. */
  readonly minSeverity?: string;
  /** Issues that contextual analysis found not applicable are let through. */
  readonly skipNotApplicable?: boolean;
  readonly bannedLicenses?: readonly string[];
  /** Every other licence is forbidden. */
  readonly allowedLicenses?: readonly string[];
  /** Operational risks from this one on. */
  readonly minRisk?: 'High' | 'Medium' | 'Low';
  /** Of violations by licences and operational risks; `High` when omitted, as Xray has it. */
  readonly severity?: string;
  readonly blocking?: boolean;
}

/** A row that is there whatever the images are. */
export interface RowDefinition {
  /** XRAY-n, or the key of a licence. */
  readonly issue: string;
  readonly severity: string;
  /** `Security` when omitted. */
  readonly type?: ViolationType;
  /** Answered as they are written, so that every form can be had: `default/docker-local/shop/api/1.4/manifest.json`. */
  readonly artifacts: readonly string[];
  /** RFC 3339; `since` of the watch, else now, when omitted. */
  readonly created?: string;
  readonly component?: string;
  readonly cve?: string;
  readonly summary?: string;
  readonly policy?: string;
  readonly rule?: string;
}

/** Rows of which all that is given holds are no longer listed, without a word about it. */
export interface IgnoreRule {
  /** Every watch when omitted. */
  readonly watch?: string;
  readonly issue?: string;
  /** `shop/api:1.4`. */
  readonly image?: string;
  readonly component?: string;
}

/** A watch as a person writes it. */
export interface WatchDefinition {
  readonly name: string;
  /** Every repository when omitted. */
  readonly repositories?: readonly string[];
  /** When the rows of the images that are there at the start were created, RFC 3339; the start when omitted. */
  readonly since?: string;
  readonly policies?: readonly PolicyDefinition[];
  readonly violations?: readonly RowDefinition[];
  readonly ignore?: readonly IgnoreRule[];
}

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text } as const;
const severity = { enum: severities } as const;
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$' } as const;

function fields(required: readonly string[], properties: object): object {
  return { type: 'object', additionalProperties: false, required, properties };
}

const policySchema = fields(['name'], {
  name: text,
  rule: text,
  minSeverity: severity,
  skipNotApplicable: { type: 'boolean' },
  bannedLicenses: texts,
  allowedLicenses: texts,
  minRisk: { enum: ['High', 'Medium', 'Low'] },
  severity,
  blocking: { type: 'boolean' },
});

const rowSchema = fields(['issue', 'severity', 'artifacts'], {
  issue: text,
  severity: text,
  type: { enum: ['Security', 'License', 'Operational_Risk'] },
  artifacts: texts,
  created: time,
  component: text,
  cve: text,
  summary: { type: 'string' },
  policy: text,
  rule: text,
});

const ignoreSchema = { ...fields([], { watch: text, issue: text, image: text, component: text }), minProperties: 1 };

const watchSchema = fields(['name'], {
  name: text,
  repositories: { ...texts, minItems: 1 },
  since: time,
  policies: { type: 'array', items: policySchema },
  violations: { type: 'array', items: rowSchema },
  ignore: { type: 'array', items: ignoreSchema },
});

/** Returns the watch. Throws an error that names `place` and the field. */
export const parseWatch = createCheck<WatchDefinition>('watch', watchSchema);

/** Returns the row. Throws an error that names `place` and the field. */
export const parseRow = createCheck<RowDefinition>('violation', rowSchema);

/** Returns the ignore rule. Throws an error that names `place` and the field. */
export const parseIgnore = createCheck<IgnoreRule>('ignore rule', ignoreSchema);

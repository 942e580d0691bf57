// What no source settles about Xray, or what changed between its versions: one switch for each, turned while the stand-in runs.

import type { EmptyLists } from './bodies.ts';
import { createCheck } from './check.ts';

export interface Switches {
  /** What the server says it is; it also does what that version did: violations before 3.88.10, artifact/status from 3.80.9 on. */
  readonly version: string;
  readonly emptyLists: EmptyLists;
  /** A digest that lies in several repositories is several artifacts, or the first of them. */
  readonly repositories: 'several' | 'one';
  /** What is said of the digest of an index (`indexDigest` of an image): nothing is known, or an artifact without issues. */
  readonly index: 'unknown' | 'clean';
  /** One row for each artifact, or one for all artifacts with the same issue and component. */
  readonly rows: 'perArtifact' | 'together';
  /** `old`: `infected_component`, `impact_artifacts` without `default/`, times with an offset, and an address without a scheme. */
  readonly rowForm: 'current' | 'old';
  /** Whether a row of just this second is in the window. */
  readonly createdFrom: 'inclusive' | 'exclusive';
  /** A question for violations that names neither a watch nor a time. */
  readonly unfiltered: 'hang' | 'answer';
}

export const usualSwitches: Switches = {
  version: '3.131.4',
  emptyLists: 'empty',
  repositories: 'several',
  index: 'unknown',
  rows: 'perArtifact',
  rowForm: 'current',
  createdFrom: 'inclusive',
  unfiltered: 'hang',
};

/** The positions of each switch. */
export const positions: { readonly [name in Exclude<keyof Switches, 'version'>]: readonly Switches[name][] } = {
  emptyLists: ['empty', 'null', 'absent'],
  repositories: ['several', 'one'],
  index: ['unknown', 'clean'],
  rows: ['perArtifact', 'together'],
  rowForm: ['current', 'old'],
  createdFrom: ['inclusive', 'exclusive'],
  unfiltered: ['hang', 'answer'],
};

/** Returns the switches. Throws an error that names `place` and the field. */
export const parseSwitches = createCheck<Partial<Switches>>('switches', {
  type: 'object',
  additionalProperties: false,
  properties: {
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
    ...Object.fromEntries(Object.entries(positions).map(([name, words]) => [name, { enum: words }])),
  },
});

/** Tells whether a version is this one or a later one. */
export function isAtLeast(version: string, least: string): boolean {
  const [parts, leastParts] = [version, least].map((text) => text.split('.').map(Number));
  for (const [index, part] of (leastParts ?? []).entries()) {
    const own = parts?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

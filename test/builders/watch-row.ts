// A row of a watch with everything filled in.
import type { WatchRow } from '../../src/facts/watch-source.ts';

/** Returns a row about docker-local/shop/api/1.4 unless told otherwise. */
export function watchRow(row: Partial<WatchRow> & { readonly key: string }): WatchRow {
  return {
    createdAt: new Date('2026-11-23T09:00:00Z'),
    violations: [{ type: 'security', severity: 'high', watch: 'prod', policy: 'no-high', rule: 'high', issue: 'XRAY-100' }],
    paths: ['docker-local/shop/api/1.4'],
    digests: [],
    ...row,
  };
}

// Exceptions of policies for tests: what a test does not say is filled in.
import type { PolicyException } from '../../src/policy/policy.ts';

/** All that every rule says of what is in the namespace shop, until the end of 2026. */
export function exception(given: Partial<PolicyException> = {}): PolicyException {
  return { name: 'INC-1', reason: 'patched next week', until: new Date('2026-12-31T00:00:00Z'), match: { namespaces: ['shop'] }, ...given };
}

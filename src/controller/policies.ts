// The policies as the watch brought them, parsed; those that do not parse are kept by name with what is wrong.
import { isJsonObject } from '../facts/json.ts';
import type { KubeXrayPolicyStatus } from '../policy/kubexraypolicy.generated.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyProblem } from '../policy/policy.ts';

/** A policy that cannot be read: it asks for nothing new and gives nothing back. */
export interface UnreadablePolicy {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly problems: readonly PolicyProblem[];
}

/** What a change of a policy means: `spec` for everything that depends on it, `status` for the status alone. */
export type PolicyChange = 'spec' | 'status';

export class Policies {
  readonly #policies = new Map<string, Policy>();
  readonly #unreadable = new Map<string, UnreadablePolicy>();
  /** Statuses that we wrote and that the watch may not have brought back yet. */
  readonly #written = new Map<string, { readonly uid: string; readonly status: KubeXrayPolicyStatus }>();

  /** Stores a policy as the API server gave it, in place of its earlier version. */
  apply(name: string, object: unknown): PolicyChange {
    const before = this.#policies.get(name);
    const parsed = parsePolicy(object);
    if ('problems' in parsed) {
      const metadata = isJsonObject(object) && isJsonObject(object.metadata) ? object.metadata : {};
      const { uid, generation } = metadata;
      this.#policies.delete(name);
      this.#unreadable.set(name, {
        name,
        uid: String(uid),
        generation: typeof generation === 'number' ? generation : 0,
        problems: parsed.problems,
      });
      return 'spec';
    }
    this.#unreadable.delete(name);
    this.#policies.set(name, parsed.policy);
    return before?.uid === parsed.policy.uid && before.generation === parsed.policy.generation ? 'status' : 'spec';
  }

  delete(name: string): void {
    this.#policies.delete(name);
    this.#unreadable.delete(name);
    this.#written.delete(name);
  }

  /** Returns the policy with the newest status known: what we wrote last, if that is of the same object. */
  get(name: string): Policy | undefined {
    const policy = this.#policies.get(name);
    const written = this.#written.get(name);
    return policy !== undefined && written?.uid === policy.uid ? { ...policy, status: written.status } : policy;
  }

  wrote(policy: Policy, status: KubeXrayPolicyStatus): void {
    this.#written.set(policy.name, { uid: policy.uid, status });
  }

  unreadablePolicy(name: string): UnreadablePolicy | undefined {
    return this.#unreadable.get(name);
  }

  unreadable(): ReadonlySet<string> {
    return new Set(this.#unreadable.keys());
  }

  names(): readonly string[] {
    return [...this.#policies.keys(), ...this.#unreadable.keys()];
  }

  all(): readonly Policy[] {
    return [...this.#policies.values()];
  }
}

// decideWorkload for tests: policies whose rules say what the test wants, on a workload as the workload pass would put it together.
import { type Decision, decideWorkload } from '../../src/actions/decide.ts';
import { fixedProtectedNamespaces } from '../../src/actions/guard.ts';
import type { ActivePolicy } from '../../src/actions/judge.ts';
import {
  type ActionRecord,
  actionAnnotation,
  readMemory,
  recordText,
  scaledDownLabel,
  withRememberedImages,
} from '../../src/actions/memory.ts';
import type { Seen } from '../../src/actions/plan-input.ts';
import { imageStates } from '../../src/evaluation/image-state.ts';
import type { RuleAnswer } from '../../src/evaluation/program.ts';
import type { Fact } from '../../src/facts/fact.ts';
import type { ControllerObject } from '../../src/facts/objects.ts';
import type { Workload } from '../../src/facts/workload.ts';
import type { Action, Policy } from '../../src/policy/policy.ts';
import { answer } from '../builders/answer.ts';
import { now, scanned } from '../builders/fact.ts';
import { deployment, digestOf } from '../builders/objects.ts';
import { actions, policy, rule } from '../builders/policy.ts';
import { workload } from '../builders/workload.ts';

export const apiImage = 'registry.example.com/shop/api:1.4';
export const apiDigest = digestOf(apiImage);

/** What a rule answers; `pending`: it is not compiled yet, `broken`: it does not compile. */
export type Says = 'violated' | 'passed' | 'undecided' | 'pending' | 'broken' | RuleAnswer;

/** One rule `security` of one policy `production`, both by default. */
export interface GivenRule extends Partial<Pick<Policy, 'name' | 'mode' | 'generation' | 'match' | 'maxAgeMs' | 'uid' | 'exceptions'>> {
  readonly rule?: string;
  /** The library rule that it is; that of its name by default. */
  readonly use?: string;
  /** For every kind of workload. Default: ScaleDown. */
  readonly action?: Action;
  readonly says: Says;
}

export interface Given {
  readonly rules: readonly GivenRule[];
  readonly workload?: Workload;
  /** By digest; an image without one was scanned an hour ago. */
  readonly facts?: Readonly<Record<string, Fact>>;
  readonly unreadable?: readonly string[];
  readonly seen?: Seen;
  readonly now?: Date;
}

/** Decides at `now` of the builders unless told otherwise. Rules of one policy name belong to one policy. */
export function decide(given: Given): Decision {
  const found = given.workload ?? workload();
  const memory = found.controller === undefined ? { memory: undefined, isVoid: false } : readMemory(found.controller);
  const known = withRememberedImages(found, memory.memory);
  return decideWorkload({
    workload: known,
    facts: imageStates(known, (digest) => given.facts?.[digest] ?? scanned({ digest })),
    answers: new Map(given.rules.flatMap((one) => answerOf(one))),
    documentNow: now,
    policies: activePolicies(given.rules),
    protectedNamespaces: fixedProtectedNamespaces,
    memory,
    unreadable: new Set(given.unreadable ?? []),
    seen: given.seen ?? {},
    actionId: 'action-2',
    now: given.now ?? now,
  });
}

function activePolicies(given: readonly GivenRule[]): ActivePolicy[] {
  const names = [...new Set(given.map(nameOf))].sort();
  return names.map((name) => {
    const own = given.filter((one) => nameOf(one) === name);
    const { rule: _rule, use: _use, action: _action, says: _says, ...fields } = own[0] ?? { says: 'passed' };
    const rules = own.map((one) => {
      const ruleName = one.rule ?? 'security';
      const source = { kind: 'library', name: one.use ?? ruleName } as const;
      return rule({ name: ruleName, source, actions: actions({ default: one.action ?? 'ScaleDown' }) });
    });
    return {
      policy: policy({ ...fields, name, rules }),
      rules: rules.map(({ name: ruleName, actions: effective }, index) => {
        const says = own[index]?.says;
        const problem = says === 'broken' ? '3:1: unexpected token' : '';
        const isCompiled = says !== 'broken' && says !== 'pending';
        return { name: ruleName, actions: effective, problem, readsTime: false, ...(isCompiled ? { id: `${name}/${ruleName}` } : {}) };
      }),
    };
  });
}

function nameOf({ name = 'production' }: GivenRule): string {
  return name;
}

function answerOf(one: GivenRule): readonly (readonly [string, RuleAnswer])[] {
  const id = `${nameOf(one)}/${one.rule ?? 'security'}`;
  switch (one.says) {
    case 'violated':
      return [[id, answer({ violation: [{ msg: 'XRAY-1 is high', image: apiImage }] })]];
    case 'passed':
      return [[id, answer()]];
    case 'undecided':
      return [[id, answer({ undecided: ['cannot tell'] })]];
    case 'pending':
    case 'broken':
      return [];
    default:
      return [[id, one.says]];
  }
}

/** The record of an action taken at 09:30, half an hour before `now`, for production/security on shop/api. */
export function record(given: Partial<ActionRecord> = {}): ActionRecord {
  return {
    id: 'action-1',
    uid: 'uid-api',
    policies: { production: 1 },
    rules: ['production/security'],
    digests: [{ image: apiImage, digest: apiDigest, firstSeenAt: new Date('2026-11-01T00:00:00Z') }],
    templateSha256: 'template-1',
    time: new Date('2026-11-23T09:30:00Z'),
    reasserted: 0,
    ...given,
  };
}

/** What an action leaves on an object: label and annotation. */
export function marks(replicas: number, of: ActionRecord = record()): Pick<ControllerObject, 'labels' | 'annotations'> {
  return { labels: { [scaledDownLabel]: String(replicas) }, annotations: { [actionAnnotation]: recordText(of) } };
}

/** The Deployment shop/api, taken from 3 replicas to zero and seen there. */
export function held(of: ActionRecord = record(), given: Partial<ControllerObject> = {}): Workload {
  const controller = deployment({
    ...marks(3, of),
    replicas: 0,
    generation: 2,
    status: { observedGeneration: 2, replicas: 0, updateRevision: '' },
    ...given,
  });
  return workload({ controller, pods: 0, images: [] });
}

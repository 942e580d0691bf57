// Generated from crds/kubexraypolicies.yaml by `npm run generate`; do not edit.
import type { ObjectMeta } from './object-meta.ts';

/**
 * Rules about running workloads and the images that they run, and what to do when one is broken.
 */
export interface KubeXrayPolicy {
  apiVersion: 'kubexray.io/v1alpha1';
  kind: 'KubeXrayPolicy';
  metadata: ObjectMeta;
  spec: KubeXrayPolicySpec;
  status?: KubeXrayPolicyStatus;
}
/**
 * What is judged and what is done.
 */
export interface KubeXrayPolicySpec {
  /**
   * DryRun (the default) judges and reports what would be done; Enforce also does it.
   */
  mode?: 'DryRun' | 'Enforce';
  match?: Match;
  facts?: FactsSpec;
  /**
   * Each rule is judged on its own; the strongest action of all rules that are broken is taken, and all are reported.
   *
   * @minItems 1
   * @maxItems 50
   */
  rules: Rule[];
  /**
   * What is excused for a while. The rules are evaluated all the same; a violation that an exception covers is reported as Excepted, asks for no action, and gives back what was scaled down for it alone. When the exception ends, the violation counts again.
   *
   * @maxItems 200
   */
  exceptions?: PolicyException[];
}
/**
 * Which workloads the policy is about. Every part that is given must hold; without any part it is about every workload. In patterns `*` stands for any run of characters; nothing else is special, and the whole text must match.
 */
export interface Match {
  /**
   * Patterns of namespaces; one of them must match.
   *
   * @minItems 1
   * @maxItems 200
   */
  namespaces?: string[];
  /**
   * Patterns of namespaces; none of them may match.
   *
   * @maxItems 200
   */
  excludeNamespaces?: string[];
  namespaceSelector?: LabelSelector;
  /**
   * Labels of the workload itself (not of its pods) that must match.
   */
  workloadSelector?: LabelSelector;
  /**
   * Kinds of workload: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, or the name of another kind that owns pods.
   *
   * @minItems 1
   * @maxItems 50
   */
  kinds?: string[];
  /**
   * Patterns of image references as pods give them; the workload must run at least one image that matches.
   *
   * @minItems 1
   * @maxItems 200
   */
  images?: string[];
}
/**
 * Labels of the namespace that must match.
 */
export interface LabelSelector {
  /**
   * Labels with exactly these values.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Requirements on labels; all must hold.
   *
   * @maxItems 50
   */
  matchExpressions?: LabelRequirement[];
}
export interface LabelRequirement {
  /**
   * Key of the label.
   */
  key: string;
  /**
   * NotIn and DoesNotExist also hold where there is no such label.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values of the label, for In and NotIn.
   *
   * @maxItems 100
   */
  values?: string[];
}
/**
 * How old answers of Xray may be to decide on, and of which of its watches the rules see the violations.
 */
export interface FactsSpec {
  /**
   * How old an answer of Xray may be and still decide, such as 1h30m; 24h by default, at least 2s. Facts are asked again at half of it; an older one leaves the verdict undecided, which starts no action and ends none.
   */
  maxAge?: string;
  /**
   * Names of watches of Xray whose violations the rules may use: rules of this policy find theirs, and no others, in `images[].violations`. Until Xray has told all of them, and while its last whole answer is older than maxAge, inline rules and library rules that are told to read violations are undecided.
   *
   * @maxItems 20
   */
  watches?: string[];
}
export interface Rule {
  /**
   * Name of the rule within this policy, shown wherever it is reported.
   */
  name: string;
  /**
   * Name of a library rule (unscanned, security, license). Give either use or rego.
   */
  use?: string;
  /**
   * The rule in Rego v1, with a partial set `violation` of objects that have `msg` and, where it is about one image, `image`. Give either use or rego.
   */
  rego?: string;
  /**
   * What the rule reads as input.parameters. Those of a library rule are checked against its schema (condition Compiled).
   */
  parameters?: Record<string, unknown>;
  actions?: Actions;
}
/**
 * What to do with a workload that breaks the rule, by its kind. ScaleDown sets the replicas to zero and brings them back when the rule holds again; Delete deletes the workload; Ignore only reports.
 */
export interface Actions {
  /**
   * For Deployments; if absent, `default`.
   */
  deployments?: 'Ignore' | 'ScaleDown' | 'Delete';
  /**
   * For StatefulSets; if absent, `default`.
   */
  statefulSets?: 'Ignore' | 'ScaleDown' | 'Delete';
  /**
   * For every kind without a key of its own; if absent, Ignore. Workloads of kinds other than Deployment and StatefulSet are reported as held (Unsupported).
   */
  default?: 'Ignore' | 'ScaleDown' | 'Delete';
}
export interface PolicyException {
  /**
   * Name of the exception within this policy, such as the number of a ticket; shown wherever it applies.
   */
  name: string;
  /**
   * Why this is excused, for the people who read reports.
   */
  reason: string;
  /**
   * When the exception ends, such as "2026-12-31T00:00:00Z". From that moment on it excuses nothing.
   */
  until: string;
  match: ExceptionMatch;
  /**
   * Names of rules of this policy whose violations are excused; if absent, those of every rule.
   *
   * @minItems 1
   * @maxItems 50
   */
  rules?: string[];
  /**
   * Patterns of CVE ids. A violation is excused only if it names an issue of which every CVE is covered; an issue of which no CVE is known is not. Without cves and licenses the whole rule is excused.
   *
   * @minItems 1
   * @maxItems 200
   */
  cves?: string[];
  /**
   * Patterns of licenses, whatever their case. A violation is excused only if it names a license that matches. Give cves or licenses, not both.
   *
   * @minItems 1
   * @maxItems 200
   */
  licenses?: string[];
}
/**
 * What the exception is about. At least one part must have an entry, and every part that has one must match; an empty list is as if it were not given. In patterns `*` stands for any run of characters; nothing else is special, and the whole text must match.
 */
export interface ExceptionMatch {
  /**
   * Patterns of namespaces; that of the workload must match one.
   *
   * @maxItems 200
   */
  namespaces?: string[];
  /**
   * Kind/name, such as Deployment/web, or with a pattern in the place of the name, such as Deployment/billing-*; the workload must match one. Without namespaces this is about workloads of that name in every namespace.
   *
   * @maxItems 200
   */
  workloads?: string[];
  /**
   * Patterns of image references as pods give them; every image that a violation is about must match one. A violation that names no image is then not excused.
   *
   * @maxItems 200
   */
  images?: string[];
}
/**
 * What was seen. Written by the controller.
 */
export interface KubeXrayPolicyStatus {
  /**
   * Generation of the policy that this status is about.
   */
  observedGeneration?: number;
  /**
   * Mode that was in force.
   */
  observedMode?: 'DryRun' | 'Enforce';
  /**
   * Compiled (every rule of this generation is in force), FactsFresh (no image of a matched workload and no watch of the policy is unavailable or older than maxAge), Enforcing (mode is Enforce and the rules are in force), Ready (compiled, and every matched workload judged once for this generation).
   */
  conditions?: Condition[];
  /**
   * How many rules are compiled and run, of how many: 2/3.
   */
  rulesInForce?: string;
  /**
   * Each rule, with the actions that are in force for it.
   *
   * @maxItems 50
   */
  rules?: RuleStatus[];
  totals?: Totals;
  /**
   * One row per workload, rule and image, in a stable order. Where there are more than can be shown, what is excepted gives way.
   *
   * @maxItems 100
   */
  violations?: ViolationStatus[];
  /**
   * How many rows did not fit into violations.
   */
  truncated?: number;
  /**
   * When anything in this status last changed.
   */
  lastChangeTime?: string;
}
export interface Condition {
  /**
   * Name of the condition.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * Generation of the policy that the condition is about.
   */
  observedGeneration?: number;
  /**
   * When its status last changed.
   */
  lastTransitionTime: string;
  /**
   * Why, in one word for programs.
   */
  reason: string;
  /**
   * Why, for people.
   */
  message: string;
}
export interface RuleStatus {
  /**
   * Name of the rule.
   */
  name: string;
  /**
   * Identifies the text, library and parameters of the rule that is in force.
   */
  sha256: string;
  actions: EffectiveActions;
  /**
   * Workloads that break the rule.
   */
  violating: number;
  /**
   * Workloads of which the rule cannot tell.
   */
  undecided: number;
  /**
   * The most frequent reasons why the rule cannot tell.
   *
   * @maxItems 3
   */
  undecidedReasons?: string[];
}
/**
 * What is done with a workload that breaks the rule, with the defaults filled in.
 */
export interface EffectiveActions {
  /**
   * For Deployments.
   */
  deployments: 'Ignore' | 'ScaleDown' | 'Delete';
  /**
   * For StatefulSets.
   */
  statefulSets: 'Ignore' | 'ScaleDown' | 'Delete';
  /**
   * For every other kind.
   */
  default: 'Ignore' | 'ScaleDown' | 'Delete';
}
/**
 * Workloads that match the policy, each counted once per number.
 */
export interface Totals {
  /**
   * Workloads that were judged.
   */
  evaluated: number;
  /**
   * Workloads that break at least one rule.
   */
  violating: number;
  /**
   * Workloads of which at least one rule cannot tell.
   */
  undecided: number;
  /**
   * Workloads of which an exception excuses at least one violation.
   */
  excepted?: number;
  /**
   * Workloads seen at zero because of this policy, and those deleted in the last 24 hours.
   */
  acted: number;
  /**
   * Workloads that would be acted on but are held back.
   */
  held: number;
  /**
   * Workloads that were scaled up again so often that the controller leaves them alone.
   */
  contested: number;
}
export interface ViolationStatus {
  workload: ViolationWorkload;
  /**
   * Name of the rule.
   */
  rule: string;
  /**
   * Reference of the image as the pod gives it; absent when the finding is about the workload.
   */
  image?: string;
  /**
   * Digest of the image; absent when it is not known, or the finding is about the workload.
   */
  digest?: string;
  /**
   * What the rule says of it, cut at 512 bytes.
   */
  message: string;
  /**
   * When this was first seen.
   */
  since: string;
  /**
   * What the rule asks for.
   */
  action: 'Ignore' | 'ScaleDown' | 'Delete';
  /**
   * What was observed to become of the action.
   */
  outcome:
    'Ignored' | 'WouldAct' | 'Held' | 'Requested' | 'Confirmed' | 'Reverted' | 'Contested' | 'Excepted' | 'Failed';
  /**
   * Why, where the outcome alone does not say it; of Excepted the exceptions, each with the moment at which it ends.
   */
  reason?: string;
  /**
   * When the action was requested.
   */
  actedAt?: string;
}
/**
 * The workload that breaks the rule.
 */
export interface ViolationWorkload {
  /**
   * Kind of the workload.
   */
  kind: string;
  /**
   * Namespace of the workload.
   */
  namespace: string;
  /**
   * Name of the workload.
   */
  name: string;
  /**
   * Tells it from an earlier workload of the same name.
   */
  uid: string;
}

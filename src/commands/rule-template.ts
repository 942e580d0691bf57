// The files of a new rule: a small one that works, with a case of each verdict, a test and a policy that uses it. Pure.

/** Names of a rule, made from what its author called the folder. */
export interface RuleNames {
  /** A Rego package that rules may have. */
  readonly packageName: string;
  /** A name for a Kubernetes resource and for the rule in it. */
  readonly policyName: string;
}

/** What Rego does not take as the name of a package, and what the engine keeps for itself. */
const reserved = /^(as|contains|data|default|else|every|false|if|import|in|input|kubexray|not|null|package|some|system|true|with)$/;
// The API server takes 253; this leaves room for what people add.
const maxNameLength = 50;

/** Returns names that are valid whatever the folder is called. */
export function ruleNames(folderName: string): RuleNames {
  const words = folderName
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, maxNameLength)
    .trim();
  const plain = words.replaceAll(' ', '_');
  const packageName = plain === '' ? 'rule' : /^\d/.test(plain) || reserved.test(plain) ? `rule_${plain}` : plain;
  return { packageName, policyName: packageName.replaceAll('_', '-') };
}

/** Returns the text of each file by its path in the folder. */
export function ruleTemplate(names: RuleNames): ReadonlyMap<string, string> {
  const rego = ruleRego(names);
  return new Map([
    ['rule.yaml', ruleYaml],
    ['rule.rego', rego],
    ['cases/example.yaml', casesYaml],
    ['example_test.rego', testRego(names)],
    ['policy.yaml', policyYaml(names, rego)],
  ]);
}

const ruleYaml = `title: Issues that could be fixed
description: >-
  A workload violates this rule when an image has an issue of the severity, or worse, for which a fixed version is known.
  Images that are not scanned are undecided.
# Whether it reads violations that watches of Xray have found.
readsViolations: false
parameters:
  # A JSON schema. Every parameter has a default, so that the rule never meets an absent one.
  type: object
  additionalProperties: false
  properties:
    minSeverity:
      description: The least severity that counts.
      type: string
      enum: [Critical, High, Medium, Low, Information]
      default: High
`;

function ruleRego({ packageName }: RuleNames): string {
  return `# Issues that could be fixed. \`input\` is what is known of one workload and its images; \`input.parameters\` are those of
# rule.yaml, as the policy sets them; \`lib\` has functions that every rule may call.
package ${packageName}

import data.kubexray.lib

# One element for each finding: \`msg\` is for people, the other fields say what it is about. \`image\` is a ref or a digest of
# the workload's images; a violation without it is about the workload as a whole.
violation contains {
	"image": image.digest,
	"issue": issue.id,
	"severity": issue.severity,
	"msg": $"{image.ref} has {issue.id} ({issue.severity}), fixed in {concat(", ", fixed)}",
} if {
	some image in input.images
	some issue in image.issues
	lib.at_least(issue.severity, input.parameters.minSeverity)
	fixed := {version | some version in issue.components[_].fixedVersions}
	count(fixed) > 0
}

# Nothing is known of these: neither a violation nor a pass, and never acted on. Say why.
undecided contains $"{image.ref}: it is {image.state}, so its issues are not known" if {
	some image in input.images
	image.state != "scanned"
}
`;
}

const casesYaml = `# Each case is a part of an input document, and what the rule must answer. What is left out is filled in with something usual.
- name: an issue without a fix passes
  input:
    images: [{issues: [{severity: critical, components: [{id: "npm://moment", version: 2.29.3, fixedVersions: []}]}]}]
  want: {verdict: passed}

- name: an issue with a fix violates
  input:
    images:
      - ref: registry.example.com/shop/api:1.4
        issues:
          - {id: XRAY-1, severity: high, components: [{id: "npm://moment", version: 2.29.3, fixedVersions: [2.29.4]}]}
  want:
    verdict: violated
    violations:
      - {issue: XRAY-1, severity: high, msg: "registry.example.com/shop/api:1.4 has XRAY-1 (high), fixed in 2.29.4"}

- name: a lesser issue than asked for passes
  parameters: {minSeverity: Critical}
  input:
    images: [{issues: [{severity: high, components: [{id: "npm://moment", version: 2.29.3, fixedVersions: [2.29.4]}]}]}]
  want: {verdict: passed}

- name: an image that is not scanned is undecided
  note: A rule that passed it would let through what nobody has looked at.
  input:
    images: [{ref: "registry.example.com/shop/api:1.4", state: unscanned}]
  want: {verdict: undecided, undecided: ["registry.example.com/shop/api:1.4: it is unscanned"]}
`;

function testRego({ packageName }: RuleNames): string {
  return `# What is easier to say in Rego than as a case. Run by \`opa test\`; what \`print\` writes is shown when a test fails.
package ${packageName}_test

import data.${packageName} as rule

_image := {
	"ref": "registry.example.com/shop/api:1.4",
	"digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
	"state": "scanned",
	"issues": [{"id": "XRAY-1", "severity": "critical", "components": [{"fixedVersions": ["2.29.4"]}]}],
}

test_every_severity_up_to_its_own_counts if {
	every severity in ["Critical", "High", "Medium", "Low", "Information"] {
		found := rule.violation with input as {"images": [_image], "parameters": {"minSeverity": severity}}
		print(severity, found)
		count(found) == 1
	}
}
`;
}

function policyYaml({ policyName }: RuleNames, rego: string): string {
  const indented = rego
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `        ${line}`))
    .join('\n');
  return `# DryRun: what would be done is reported (kubectl get kubexraypolicies), and nothing is done. \`rego\` is a copy of rule.rego:
# a policy has its rule in itself.
apiVersion: kubexray.io/v1alpha1
kind: KubeXrayPolicy
metadata:
  name: ${policyName}
spec:
  mode: DryRun
  rules:
    - name: ${policyName}
      parameters:
        minSeverity: High
      rego: |
${indented}
      actions:
        deployments: ScaleDown
`;
}

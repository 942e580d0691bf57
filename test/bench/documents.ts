// The workloads that the benchmarks evaluate, and the rules they evaluate them with.
import { join } from 'node:path';
import type { DocumentPiece } from '../../src/evaluation/document.ts';
import type { RuleSource } from '../../src/evaluation/program.ts';
import type { JsonObject } from '../../src/facts/json.ts';
import { scanJson } from '../../src/facts/scan-json.ts';
import { readLibraryRule } from '../../src/opa/library.ts';
import type { LibraryRule } from '../../src/policy/library.ts';
import { checkParameters } from '../../src/policy/parameters.ts';
import { policiesDirectory, type RealCompiler, ruleSource } from '../opa/real-compiler.ts';
import { documentOf } from '../policies/rule-case.ts';

export interface Size {
  readonly name: string;
  readonly images: number;
  readonly issues: number;
}

export const sizes: readonly Size[] = [
  { name: 'small', images: 3, issues: 10 },
  { name: 'usual', images: 3, issues: 200 },
  { name: 'large', images: 10, issues: 1000 },
];

const severities = ['low', 'medium', 'low', 'high', 'medium', 'information', 'low', 'critical', 'medium', 'unknown'];
const licenses = ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'GPL-2.0', 'AGPL-3.0'];

/** Returns an input document of so many images with so many issues each. */
export function documentWith({ images, issues }: Size): JsonObject {
  return documentOf({
    images: Array.from({ length: images }, (_, image) => ({
      ref: `registry.example.com/shop/api-${image}:1.4`,
      digest: `sha256:${String(image).padStart(64, '0')}`,
      issues: Array.from({ length: issues }, (__, issue) => ({
        ...{ id: `XRAY-${image}${issue}`, cves: [`CVE-2025-${1000 + issue}`], severity: severities[issue % severities.length], cvss: 7.5 },
        components: [{ id: `npm://component-${issue}`, version: '1.0.0', fixedVersions: issue % 2 === 0 ? ['1.0.1'] : [] }],
      })),
      licenses: licenses.map((name) => ({ name, components: ['npm://a', 'npm://b'] })),
    })),
  });
}

/** Returns the document as the controller has it: what is known of each image as bytes that were made before. */
export function piecesOf(document: JsonObject): readonly DocumentPiece[] {
  const { images, parameters, ...head } = document;
  const pieces: DocumentPiece[] = [];
  let text = `${JSON.stringify(head).slice(0, -1)},"images":[`;
  for (const [index, image] of (Array.isArray(images) ? images : []).entries()) {
    const { issues, licenses, operationalRisks, ...own } = image;
    pieces.push(
      `${text}${index === 0 ? '' : ','}${JSON.stringify(own).slice(0, -1)},`,
      scanJson({ issues, licenses, operationalRisks }).bytes,
    );
    text = '}';
  }
  return [...pieces, `${text}],"parameters":{}}`];
}

/** A rule with the parameters that it is measured with. */
export interface BenchRule {
  readonly rule: LibraryRule;
  readonly parameters: JsonObject;
  readonly source: RuleSource;
}

const given: Readonly<Record<string, JsonObject>> = {
  license: { denied: ['AGPL-*', 'GPL-3.0*'] },
  unscanned: { allowNamespaces: ['build-*'] },
  'cve-deny-list': { cves: ['CVE-2025-1003', 'CVE-2024-*'] },
};
const examples = ['cve-deny-list', 'fixable-for-days', 'tag-not-pinned'];

/** Returns the three library rules, then three of the examples. */
export async function benchRules({ library }: RealCompiler): Promise<{ readonly library: BenchRule[]; readonly examples: BenchRule[] }> {
  const toBench = (rule: LibraryRule): BenchRule => {
    const checked = checkParameters(given[rule.name] ?? {}, rule.parametersSchema, { rule: rule.name, path: rule.name });
    if (!('parameters' in checked)) throw new Error(JSON.stringify(checked.problems));
    const { parameters } = checked;
    return {
      rule,
      parameters,
      source: ruleSource({ rego: rule.rego, parameters, parametersSchema: rule.parametersSchema }, library),
    };
  };
  const found = await Promise.all(examples.map((name) => readLibraryRule(join(policiesDirectory, '..', 'examples'), name)));
  return { library: [...library.rules.values()].map(toBench), examples: found.map(toBench) };
}

// The traces that `explain --trace` prints: each rule on the very document that it was given. Runs `opa`.
import { ruleSource } from '../evaluation/rule-source.ts';
import type { Workload } from '../facts/workload.ts';
import { messageOf } from '../failure.ts';
import { createRuleTracer, type Trace, type TraceDetail } from '../opa/trace.ts';
import { plain } from '../output/text-table.ts';
import { matchesWorkload } from '../policy/match.ts';
import type { Policy, PolicyRule } from '../policy/policy.ts';
import type { CompileTools } from './compile.ts';
import { usage } from './settings.ts';

export interface TraceFlags {
  /** Of every rule that is about the workload, unless `traceRule` names one. */
  readonly trace?: boolean;
  /** RULE or POLICY/RULE; it is traced with or without `trace`. */
  readonly traceRule?: string;
  readonly traceDetail: TraceDetail;
}

export interface TraceInput {
  readonly workload: Workload;
  /** JSON text of the input document. */
  readonly document: string;
  readonly policies: readonly Policy[];
  readonly tools: CompileTools;
  readonly flags: TraceFlags;
}

/** Returns the traces one after another. A rule that cannot be traced says why. Throws `Failure` when there is no such rule. */
export async function traceText({ workload, document, policies, tools, flags }: TraceInput): Promise<string> {
  const about = policies.filter(({ match }) => matchesWorkload(match, workload));
  const all = about.flatMap(({ name, rules, watches }) => rules.map((rule) => ({ name: `${name}/${rule.name}`, rule, watches })));
  const { traceRule } = flags;
  const wanted = all.filter(({ name, rule }) => traceRule === undefined || traceRule === name || traceRule === rule.name);
  if (wanted.length === 0 && traceRule !== undefined)
    throw usage(
      `--trace-rule ${traceRule}: ${all.length === 0 ? 'no policy is about the workload' : `the rules are ${all.map(({ name }) => name).join(', ')}`}`,
    );
  const parts: string[] = [];
  for (const each of wanted) parts.push(`\nTRACE ${each.name}\n${await traceOf(each, { document, tools, flags })}`);
  return parts.join('');
}

async function traceOf(
  { rule, watches }: { readonly rule: PolicyRule; readonly watches: readonly string[] },
  { document, tools, flags }: Pick<TraceInput, 'document' | 'tools' | 'flags'>,
): Promise<string> {
  const found = ruleSource(rule, watches, tools.library);
  if ('problems' in found) return `  ${found.problems.map(({ message }) => message).join('\n  ')}\n`;
  const trace = createRuleTracer({ opa: tools.opa, lib: tools.library.lib });
  try {
    return stepsText(await trace(found.source, document, flags.traceDetail), flags.traceDetail);
  } catch (thrown) {
    return `  ${messageOf(thrown)}\n`;
  }
}

function stepsText({ lines, cutLines }: Trace, detail: TraceDetail): string {
  const notes = [
    ...(lines.length === 0 ? [`  nothing: the rule ${detail === 'notes' ? 'prints no notes' : 'has no such step'}`] : []),
    ...(cutLines === 0 ? [] : [`  … ${cutLines} more lines are left out; --trace-detail fails shows fewer`]),
  ];
  return [...lines.map((line) => `  ${plain(line)}`), ...notes].map((line) => `${line}\n`).join('');
}

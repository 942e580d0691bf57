// Keeps the rules of all policies compiled: checks each once, builds one program of all that are good, and swaps it in. Impure.
import type { ActivePolicy, ActiveRule } from '../actions/judge.ts';
import type { DocumentText } from '../evaluation/document.ts';
import type { LoadProgram, RuleAnswer, RuleCompiler, RuleProblem, RuleProgram, RuleSource } from '../evaluation/program.ts';
import { readsTime } from '../evaluation/reads-time.ts';
import { ruleSource } from '../evaluation/rule-source.ts';
import type { Clock } from '../facts/clock.ts';
import { compareTexts } from '../facts/compare-texts.ts';
import { messageOf } from '../failure.ts';
import type { RuleLibrary } from '../policy/library.ts';
import type { Actions, Policy } from '../policy/policy.ts';
import type { CompileState } from '../status/conditions.ts';
import type { Log } from './log.ts';
import { buildRules } from './rule-build.ts';
import { RuleChecks } from './rule-checks.ts';
import { RuleStrikes } from './rule-strikes.ts';

export interface RuleBookOptions {
  readonly library: RuleLibrary;
  readonly compiler: RuleCompiler;
  readonly loadProgram: LoadProgram;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the names of the policies whose rules are now others. */
  readonly onChange: (policies: readonly string[]) => void;
}

interface PageRule {
  readonly name: string;
  readonly actions: Actions;
  /** Absent when the rule could not even be put together; `problems` then say why. */
  readonly source?: RuleSource;
  /** Watches that must be known for the rule to tell anything. */
  readonly needsWatches: readonly string[];
  readonly problems: readonly RuleProblem[];
}

interface Page {
  readonly policy: Policy;
  readonly rules: readonly PageRule[];
}

const retryDelaysMs = [1_000, 2_000, 5_000, 15_000, 30_000];

export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #pages = new Map<string, Page>();
  readonly #checks: RuleChecks;
  readonly #strikes = new RuleStrikes();
  #program: RuleProgram | undefined;
  /** Rules that the program was asked to hold, good or left out. */
  #attempted: ReadonlySet<string> = new Set();
  readonly #running = new Map<RuleProgram, number>();
  #active: readonly ActivePolicy[] | undefined;
  #compilerProblem = '';
  #failures = 0;
  #cancelRetry: () => void = () => undefined;
  #isDirty = false;
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RuleBookOptions) {
    this.#options = options;
    this.#checks = new RuleChecks(options.compiler);
  }

  /** Takes over a policy's rules; until they are compiled, its rules that were not there before cannot tell. */
  set(policy: Policy): void {
    const rules = policy.rules.map((rule): PageRule => {
      const { name, actions } = rule;
      return { name, actions, problems: [], needsWatches: [], ...ruleSource(rule, policy.watches, this.#options.library) };
    });
    for (const { source } of rules) {
      if (source === undefined) continue;
      this.#strikes.forgive(source.id);
      this.#checks.retry(source.id);
    }
    this.#pages.set(policy.name, { policy, rules });
    this.#active = undefined;
    this.#compile();
  }

  delete(policy: string): void {
    if (!this.#pages.delete(policy)) return;
    this.#active = undefined;
    this.#compile();
  }

  /** All policies with the rules as they can be evaluated now, sorted by name. Asked once per pass, so it is kept until something changes. */
  policies(): readonly ActivePolicy[] {
    this.#active ??= this.#activePolicies();
    return this.#active;
  }

  #activePolicies(): readonly ActivePolicy[] {
    const pages = [...this.#pages.values()].sort((a, b) => compareTexts(a.policy.name, b.policy.name));
    return pages.map(({ policy, rules }) => ({
      policy,
      rules: rules.map((rule): ActiveRule => {
        const { name, actions, source, needsWatches: watches } = rule;
        const problem = this.#problemsOf(rule)[0]?.message ?? '';
        const isLoaded = source !== undefined && this.#program?.ruleIds.has(source.id) === true && problem === '';
        return { name, actions, problem, readsTime: readsTime(source?.rego ?? ''), watches, ...(isLoaded ? { id: source.id } : {}) };
      }),
    }));
  }

  /** How far the rules of a policy are; for the conditions of its status. */
  compileState(policy: Policy): CompileState {
    const page = this.#pages.get(policy.name);
    if (page === undefined || page.policy.generation !== policy.generation) return { isDone: false, rules: [] };
    const isDone = page.rules.every(({ source }) => source === undefined || this.#attempted.has(source.id)) || this.#compilerProblem !== '';
    const rules = page.rules.map((rule) => ({ name: rule.name, id: rule.source?.id ?? '', problems: this.#problemsOf(rule) }));
    return { isDone, rules };
  }

  /** Resolves when there is nothing left to compile for now; what could not be compiled is then in the states. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** Evaluates rules on a document. Rules that are not in the program answer `NotLoaded`. Never rejects for what a rule does. */
  async evaluate(document: DocumentText, ruleIds: readonly string[]): Promise<ReadonlyMap<string, RuleAnswer>> {
    const program = this.#program;
    if (program === undefined) return new Map();
    this.#running.set(program, (this.#running.get(program) ?? 0) + 1);
    try {
      const answers = await program.evaluate(document, ruleIds);
      for (const [id, answer] of answers) {
        if (answer.kind === 'answered') this.#strikes.forgive(id);
        else this.#strike(id, answer.reason);
      }
      return answers;
    } finally {
      this.#running.set(program, (this.#running.get(program) ?? 1) - 1);
      await this.#retire(program);
    }
  }

  /** Ends the program and what compiles; a program that is still being loaded is closed once it is. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    await this.#program?.close();
    await this.#working;
  }

  #problemsOf({ source, problems }: PageRule): readonly RuleProblem[] {
    if (source === undefined) return problems;
    const setAside = this.#strikes.problem(source.id);
    if (setAside !== undefined) return [setAside];
    const found = this.#checks.problems(source.id) ?? [];
    if (found.length > 0) return found;
    return this.#compilerProblem === '' || this.#attempted.has(source.id)
      ? []
      : [{ reason: 'CompilerUnavailable', message: this.#compilerProblem }];
  }

  #strike(id: string, reason: string): void {
    if (this.#strikes.count(id, reason)) this.#tell(this.#namesWith(new Set([id])));
  }

  /** Starts compiling unless that is under way already, which then goes round once more. */
  #compile(): void {
    this.#isDirty = true;
    if (this.#isWorking || this.#isClosed) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      try {
        await this.#round();
        this.#failures = 0;
        this.#compilerProblem = '';
      } catch (thrown) {
        this.#retryLater(messageOf(thrown));
      }
    }
    this.#isWorking = false;
  }

  #retryLater(problem: string): void {
    if (this.#isClosed) return;
    this.#options.log.error({ problem }, 'compile rules');
    const isNews = problem !== this.#compilerProblem;
    this.#compilerProblem = problem;
    const delayMs = retryDelaysMs[Math.min(this.#failures, retryDelaysMs.length - 1)] ?? 30_000;
    this.#failures += 1;
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.setTimer(() => this.#compile(), delayMs);
    if (isNews) this.#tell([...this.#pages.keys()]);
  }

  /** Checks what is new, and puts in force what is good as soon as all rules of a policy are known. Throws what a rule could not be checked for. */
  async #round(): Promise<void> {
    const tried = new Set<string>();
    for (let known = this.#knownPolicies(); !this.#isClosed; ) {
      const checked = await this.#checks.turn(this.#sourcesByPolicy(), tried);
      const before = known;
      known = this.#knownPolicies();
      if (known > before || checked === 0) await this.#putInForce();
      if (checked === 0) break;
    }
    const sources = this.#sourcesByPolicy().flat();
    const failure = sources.map(({ id }) => this.#checks.failure(id)).find((thrown) => thrown !== undefined);
    if (failure !== undefined && !this.#isClosed) throw failure;
  }

  /** How many policies have no rule left to be checked. */
  #knownPolicies(): number {
    return this.#sourcesByPolicy().filter((rules) => rules.every(({ id }) => this.#checks.problems(id) !== undefined)).length;
  }

  async #putInForce(): Promise<void> {
    if (this.#isClosed) return;
    const sources = new Map(this.#sourcesByPolicy().flatMap((rules) => rules.map((source) => [source.id, source] as const)));
    const ids = new Set(sources.keys());
    this.#checks.keep(ids);
    this.#strikes.keep(ids);
    // What is set aside is not worth the time of trying it out again.
    const good = [...sources.values()].filter(
      ({ id }) => this.#checks.problems(id)?.length === 0 && this.#strikes.problem(id) === undefined,
    );
    if (!good.every(({ id }) => this.#program?.ruleIds.has(id))) await this.#replaceProgram(good);
    const before = this.#attempted;
    this.#attempted = new Set([...sources.keys()].filter((id) => this.#checks.problems(id) !== undefined));
    this.#tell(this.#namesWith(new Set([...this.#attempted].filter((id) => !before.has(id)))));
  }

  #sourcesByPolicy(): readonly (readonly RuleSource[])[] {
    return [...this.#pages.values()].map(({ rules }) => rules.flatMap(({ source }) => (source === undefined ? [] : [source])));
  }

  async #replaceProgram(good: readonly RuleSource[]): Promise<void> {
    const module = await buildRules(
      { compiler: this.#options.compiler, checks: this.#checks },
      { good, policies: this.#sourcesByPolicy(), running: this.#program?.ruleIds ?? new Set() },
    );
    if (module === undefined) return;
    for (const [id, problems] of module.problems) this.#checks.set(id, problems);
    const loaded = await this.#options.loadProgram(module);
    for (const [id, problems] of loaded.problems) this.#checks.set(id, problems);
    for (const id of loaded.overdue) this.#strike(id, 'DeadlineExceeded');
    if (this.#isClosed) return loaded.close();
    const before = this.#program;
    this.#program = loaded;
    this.#options.log.info({ rules: loaded.ruleIds.size }, 'rules are in force');
    if (before !== undefined) await this.#retire(before);
  }

  /** Closes a program that was replaced once nothing runs in it. */
  async #retire(program: RuleProgram): Promise<void> {
    if (program === this.#program || (this.#running.get(program) ?? 0) > 0) return;
    this.#running.delete(program);
    await program.close();
  }

  /** What can be evaluated is now another thing. */
  #tell(policies: readonly string[]): void {
    this.#active = undefined;
    if (policies.length > 0) this.#options.onChange(policies);
  }

  #namesWith(ids: ReadonlySet<string>): readonly string[] {
    const pages = [...this.#pages.values()];
    return pages
      .filter(({ rules }) => rules.some(({ source }) => source !== undefined && ids.has(source.id)))
      .map(({ policy }) => policy.name);
  }
}

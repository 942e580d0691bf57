// The controller: watches fill the cluster, events become keys, workers run the passes. Impure; everything outside comes in as an argument.
import type { ClusterPort } from '../actions/execute.ts';
import { fixedProtectedNamespaces } from '../actions/guard.ts';
import type { LoadProgram, RuleCompiler } from '../evaluation/program.ts';
import type { Clock } from '../facts/clock.ts';
import { Cluster } from '../facts/cluster.ts';
import { Facts } from '../facts/gather.ts';
import { Identities } from '../facts/identities.ts';
import { type ImageReference, parseImageReference } from '../facts/image.ts';
import type { Notice } from '../facts/notice.ts';
import type { ClusterObject } from '../facts/objects.ts';
import type { ImageRegistry } from '../facts/registry.ts';
import type { ScanSource } from '../facts/scan.ts';
import { WatchFeeds } from '../facts/watch-feeds.ts';
import type { WatchSource } from '../facts/watch-source.ts';
import { gatherWorkload } from '../facts/workload.ts';
import { messageOf } from '../failure.ts';
import type { RuleLibrary } from '../policy/library.ts';
import { Answers } from './answers.ts';
import type { Log } from './log.ts';
import { Policies } from './policies.ts';
import { PolicyPass, type StatusPort } from './policy-pass.ts';
import { createQueue, type Timers } from './queue.ts';
import { recalledReports } from './recall.ts';
import { Reports } from './reports.ts';
import { RuleBook } from './rule-book.ts';
import { runWorkers } from './workers.ts';
import { WorkloadPass } from './workload-pass.ts';

/** What the watches call; one call at a time, and never before `startWatches` has returned. */
export interface WatchHandlers {
  readonly onObject: (object: ClusterObject) => void;
  readonly onObjectGone: (uid: string) => void;
  /** The policy as the API server gives it. */
  readonly onPolicy: (name: string, object: unknown) => void;
  readonly onPolicyGone: (name: string) => void;
}

export interface Watches {
  /** Resolves when every kind was listed once; never when the watches are stopped before. */
  readonly synced: Promise<void>;
  /** The kinds that were not listed yet, each with the last failure; for people. */
  readonly missing: () => readonly string[];
  readonly stop: () => Promise<void>;
}

export interface ControllerOptions {
  readonly startWatches: (handlers: WatchHandlers) => Watches;
  readonly port: ClusterPort & StatusPort;
  readonly scans: ScanSource;
  readonly violations: WatchSource;
  /** Absent: digests that Xray does not know stay unchecked. */
  readonly registry: ImageRegistry | undefined;
  readonly library: RuleLibrary;
  readonly compiler: RuleCompiler;
  readonly loadProgram: LoadProgram;
  /** Patterns beside those that are always protected. */
  readonly protectedNamespaces: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly newActionId: () => string;
  readonly log: Log;
}

export interface Controller {
  /** Undefined once the caches are filled and passes run; before that, and while it ends, what is missing. */
  readonly whyNotReady: () => string | undefined;
  /** Asks about what a notice names as soon as it can, where it is in use; what nobody uses costs nothing. Decides nothing itself. */
  readonly askAgain: (notice: Notice) => void;
  /** Takes no more work, lets the passes that run end, and ends the watches. Calling it twice is safe. */
  readonly stop: () => Promise<void>;
}

// Passes wait for the API server most of the time; more at once would only take turns at the evaluator.
const passesAtOnce = 8;
// Reports come in bursts, and a digest's first answer follows its first question within milliseconds: one status says it all.
const reportsSettleMs = 50;
// A digest seldom has more than one name, and why Xray does not know it is for people to read.
const workloadsAskedFor = 5;
const workloadKey = (uid: string): string => `workload/${uid}`;
const policyKey = (name: string): string => `policy/${name}`;

/** Starts the controller. It acts on nothing before every kind of object was listed once. */
export function startController(options: ControllerOptions): Controller {
  const { clock, log } = options;
  const queue = createQueue(options.timers);
  const cluster = new Cluster();
  const policies = new Policies();
  const reports = new Reports({
    onChange: (names) => {
      for (const name of names) queue.addAfter(policyKey(name), reportsSettleMs);
    },
  });
  const enqueue = (keys: Iterable<string>, keyOf: (key: string) => string): void => {
    for (const key of keys) queue.add(keyOf(key));
  };
  // Every workload, not only those that match now: one that no longer matches may be at zero because of it.
  const judgeAll = (names: readonly string[]): void => {
    const keys = cluster.workloadKeys();
    for (const name of names) reports.await(name, keys);
    enqueue(keys, workloadKey);
    enqueue(names, policyKey);
  };
  const facts = new Facts({
    source: options.scans,
    clock,
    random: options.random,
    onChange: (_digest, users) => enqueue(users, workloadKey),
    referencesOf: (digest) => imageReferences(cluster, facts.usersOf(digest), digest),
  });
  const feeds = new WatchFeeds({
    source: options.violations,
    clock,
    random: options.random,
    onChange: ({ watch, isState, isDecisive, paths, digests }) => {
      const named = isState ? policies.all().filter((policy) => policy.watches.includes(watch)) : [];
      for (const { name } of named) queue.addAfter(policyKey(name), reportsSettleMs);
      if (isDecisive) enqueue(workloadPass.usersOf(watch), workloadKey);
      else for (const digest of facts.digestsAt({ paths, digests })) enqueue(facts.usersOf(digest), workloadKey);
    },
  });
  const identities = new Identities({ registry: options.registry, clock, onChange: (users) => enqueue(users, workloadKey) });
  const rules = new RuleBook({ ...options, onChange: judgeAll });
  const answers = new Answers({ evaluate: (document, ids) => rules.evaluate(document, ids), clock });
  const protectedNamespaces = [...fixedProtectedNamespaces, ...options.protectedNamespaces];
  const workloadPass = new WorkloadPass({
    ...options,
    cluster,
    facts,
    identities,
    feeds,
    policies,
    rules,
    answers,
    reports,
    protectedNamespaces,
  });
  const policyPass = new PolicyPass({ ...options, policies, rules, reports, watchOf: (watch) => feeds.get(watch) });
  let isReady = false;
  let stopping: Promise<void> | undefined;

  const watches = options.startWatches({
    onObject: (object) => enqueue(cluster.apply(object), workloadKey),
    onObjectGone: (uid) => enqueue(cluster.remove(uid), workloadKey),
    onPolicy: (name, object) => {
      const change = policies.apply(name, object);
      const policy = policies.get(name);
      if (change === 'spec' && policy !== undefined) {
        feeds.use(name, policy.watches, policy.maxAgeMs);
        rules.set(policy);
      }
      if (change === 'spec' && policy === undefined) {
        feeds.release(name);
        rules.delete(name);
      }
      if (change === 'spec') judgeAll([name]);
      else queue.add(policyKey(name));
    },
    onPolicyGone: (name) => {
      policies.delete(name);
      feeds.release(name);
      rules.delete(name);
      reports.forgetPolicy(name);
      enqueue(cluster.workloadKeys(), workloadKey);
    },
  });

  const handle = (key: string) => {
    const [kind = '', id = ''] = splitKey(key);
    return kind === 'policy' ? policyPass.run(id) : workloadPass.run(id);
  };
  const begin = async (): Promise<void> => {
    await watches.synced;
    for (const policy of policies.all()) for (const [uid, report] of recalledReports(policy)) reports.recall(uid, report);
    for (const report of reports.all()) queue.add(workloadKey(report.ref.uid));
    judgeAll(policies.names());
    isReady = true;
    log.info({ policies: policies.names().length }, 'caches are filled');
    await runWorkers({
      queue,
      concurrency: passesAtOnce,
      handle,
      onError: (key, error) => log.error({ key, error: messageOf(error) }, 'pass failed'),
    });
  };
  const running = begin();

  const stop = async (): Promise<void> => {
    await queue.shutDown();
    // What the last passes did stands nowhere else once a workload is deleted.
    if (isReady) await Promise.allSettled(policies.names().map((name) => policyPass.flush(name)));
    await watches.stop();
    facts.close();
    feeds.close();
    identities.close();
    await rules.close();
    if (isReady) await running;
    isReady = false;
  };
  return {
    whyNotReady: () => {
      if (stopping !== undefined) return 'ending';
      return isReady ? undefined : ['caches are being filled', ...watches.missing()].join('\n');
    },
    askAgain: ({ digests, watches: named }) => {
      for (const digest of digests) facts.askNow(digest);
      for (const watch of named) feeds.askAgain(watch);
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function splitKey(key: string): readonly [string, string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}

/** By which references workloads run a digest, as far as a few of them tell. */
function imageReferences(cluster: Cluster, keys: readonly string[], digest: string): readonly ImageReference[] {
  const images = keys.slice(0, workloadsAskedFor).flatMap((key) => gatherWorkload(cluster, key)?.images ?? []);
  const refs = images.filter((image) => image.digest === digest || image.ref.endsWith(digest)).map(({ ref }) => ref);
  return [...new Set(refs)].map(parseImageReference);
}

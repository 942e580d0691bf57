// Generated histories: people, Xray, the API server and the controller itself do what a seed says, and nothing may be lost by it.
import test from 'ava';
import type { Controller } from '../../src/controller/run.ts';
import { isJsonObject } from '../../src/facts/json.ts';
import { Failure } from '../../src/failure.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { PolicyException } from '../../src/policy/policy.ts';
import type { Write } from '../actions/memory-cluster.ts';
import { MemoryRegistry } from '../builders/memory-registry.ts';
import { digestOf, node } from '../builders/objects.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const histories = 12;
const steps = 20;
const names = ['a', 'b', 'c'] as const;
const images = ['reg.io/one:1', 'reg.io/two:1', 'reg.io/three:1', `reg.io/pinned@sha256:${'a'.repeat(64)}`] as const;

class History {
  readonly world = new SimulatedCluster();
  readonly registry = new MemoryRegistry();
  /** The count that its owner last gave each Deployment. */
  readonly wanted = new Map<string, number>();
  /** Workloads that were taken to zero though every policy that could ask for it excused them. */
  readonly wronged: string[] = [];
  readonly #random: () => number;
  #controllers: Controller[] = [];
  #isBroken = false;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.world.registry = this.registry;
    // The third is an index of which Xray knows the manifests only.
    this.registry.setIndex(digestOf(images[2]), { 'linux/amd64': digestOf('three, amd64'), 'linux/arm64': digestOf('three, arm64') });
    this.world.scans.set(images[2], 'unscanned');
    this.world.cluster.put(node({ name: 'node-2', architecture: 'arm64' }));
    this.world.nodeOf = (pod) => `node-${(pod % 2) + 1}`;
    for (const name of names) {
      const replicas = this.#count();
      this.wanted.set(name, replicas);
      this.world.deploy(name, this.#oneOf(images), replicas);
    }
    this.world.deploy('clean', 'reg.io/clean:1', 2);
    this.world.scans.set(images[1], 'XRAY-1');
    this.world.scans.set(images[3], 'XRAY-1');
    this.world.cluster.apply('p', spec('issues'));
    this.world.cluster.onWrite = (write) => this.#judge(write);
    this.#controllers = [this.world.start()];
  }

  /** Some writes fail while they are broken; none may take down what is excepted at that moment. */
  #judge({ name, body }: Write): void {
    if (this.#isBroken && this.#random() < 0.5) throw new Failure('PATCH: 503', { retry: 'soon', reason: 'ServerError' });
    if (!isToZero(body)) return;
    const asks = ['p', 'q'].some((policy) => this.#asks(policy, name));
    if (!asks) this.wronged.push(`${name} at ${this.world.clock.now().toISOString()}`);
  }

  #asks(policy: string, name: string): boolean {
    const parsed = parsePolicy(this.world.cluster.policy(policy));
    if ('problems' in parsed || parsed.policy.mode !== 'Enforce') return false;
    const now = this.world.clock.now();
    return !parsed.policy.exceptions.some((one) => one.until > now && one.cves === undefined && isFor(one, name));
  }

  #oneOf<T>(values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.#random() * values.length)] ?? values[0];
  }

  #count(): number {
    return this.#oneOf([1, 2, 3, 5]);
  }

  async step(): Promise<void> {
    const { world } = this;
    const name = this.#oneOf(names);
    const change = this.#oneOf<() => unknown>([
      () => world.scans.set(this.#oneOf(images), this.#oneOf(['clean', 'unscanned', 'XRAY-1'])),
      () => world.scans.set(this.#oneOf(images), this.#oneOf(['clean', 'XRAY-1', 'XRAY-2'])),
      () => {
        world.scans.isDown = !world.scans.isDown;
      },
      () => {
        this.registry.isDown = !this.registry.isDown;
      },
      () => world.scans.set(this.#oneOf(['three, amd64', 'three, arm64']), this.#oneOf(['clean', 'unscanned', 'XRAY-1'])),
      () => this.#applyPolicy(),
      () => this.#applyPolicy(),
      () => this.#applyExceptions(),
      () => this.#applyExceptions(),
      () => this.#applyExceptions(),
      () => world.cluster.removePolicy(this.#oneOf(['p', 'q'])),
      () => world.edit(name, { image: this.#oneOf(images) }),
      () => world.edit(name, { image: this.#oneOf(images), annotations: {} }),
      () => this.#scale(name),
      () => this.#scale(name),
      () => this.#restart(),
      () => this.#controllers.push(world.start()),
      () => {
        this.#isBroken = this.#random() < 0.5;
      },
    ]);
    await change();
    if (this.#random() < 0.7) world.converge();
    await world.pass(this.#oneOf([10, 1000, minuteMs, 6 * minuteMs, 20 * minuteMs]));
  }

  #applyPolicy(): void {
    const objects = this.#oneOf(['issues', 'issues', 'issues', 'issues', 'unscanned', 'none', 'typo'] as const);
    const mode = this.#oneOf(['Enforce', 'Enforce', 'Enforce', 'Enforce', 'DryRun']);
    this.world.cluster.apply(
      this.#oneOf(['p', 'q']),
      spec(objects, {
        exceptions: this.#exceptions(),
        mode,
        version: this.#oneOf([1, 2]),
        action: this.#oneOf(['ScaleDown', 'ScaleDown', 'ScaleDown', 'Ignore']),
      }),
    );
  }

  /** The same policy with other exceptions. */
  #applyExceptions(): void {
    const name = this.#oneOf(['p', 'p', 'q']);
    const given = this.world.cluster.policy(name)?.spec;
    if (isJsonObject(given)) this.world.cluster.apply(name, { ...given, exceptions: this.#exceptions() });
  }

  #scale(name: string): void {
    const replicas = this.#count();
    this.wanted.set(name, replicas);
    this.world.edit(name, { replicas });
  }

  async #restart(): Promise<void> {
    await this.stop();
    await this.world.pass(1000);
    this.#controllers = [this.world.start()];
  }

  /** For one workload or all, for the issues that there are or for everything; over at once, or in the next steps, or not at all. */
  #exceptions(): readonly object[] {
    if (this.#random() < 0.3) return [];
    const until = new Date(this.world.clock.now().getTime() + this.#oneOf([-1, 1000, 3 * minuteMs, 30 * minuteMs, 200 * hourMs]));
    const match = this.#oneOf<object>([{ workloads: [`Deployment/${this.#oneOf(names)}`] }, { namespaces: ['shop'] }]);
    const limits = this.#oneOf<object>([{}, { cves: ['CVE-2026-0001'] }, { rules: ['bad'] }]);
    return [{ name: 'e', reason: 'for a while', until: until.toISOString(), match, ...limits }];
  }

  /** Tells whether a policy asks for zero that does not excuse the workload now. */
  mayBeAtZero(name: string): boolean {
    return ['p', 'q'].some((policy) => this.#asks(policy, name));
  }

  /** Time in which nobody does anything but the cluster and the controllers. */
  async quiet(): Promise<void> {
    this.world.scans.isDown = false;
    this.registry.isDown = false;
    this.#isBroken = false;
    for (let round = 0; round < 12; round += 1) {
      this.world.converge();
      await this.world.pass(10 * minuteMs);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#controllers.map((controller) => controller.stop()));
  }
}

function isToZero({ spec: given }: Write['body']): boolean {
  return typeof given === 'object' && given !== null && 'replicas' in given && given.replicas === 0;
}

function isFor({ match }: PolicyException, name: string): boolean {
  return match.workloads === undefined || match.workloads.includes(`Deployment/${name}`);
}

test('whatever happens, the count of a workload at zero is remembered, and comes back when nobody asks for zero any more', async (t) => {
  let scaledDown = 0;
  let excused = 0;
  for (let seed = 1; seed <= histories; seed += 1) {
    const history = new History(seed);
    const { world, wanted } = history;
    for (let step = 0; step < steps; step += 1) {
      await history.step();
      excused += [...world.rows('p'), ...world.rows('q')].filter((row) => row.includes('Excepted')).length;
      for (const [name, replicas] of wanted) {
        const { replicas: now, labels } = world.cluster.controller(`uid-${name}`);
        if (now === 0) scaledDown += 1;
        if (now !== replicas && (now !== 0 || labels['kubexray.io/scaled-down'] !== String(replicas)))
          t.fail(`seed ${seed}, step ${step}: ${name} has ${now}, remembers ${JSON.stringify(labels)}, wants ${replicas}`);
      }
    }
    await history.quiet();
    const writes = world.cluster.writes.length;
    await world.pass(hourMs);
    // An exception that ends later than this is no rest for ever.
    if (world.cluster.writes.length !== writes) t.fail(`seed ${seed}: it does not come to rest`);
    const outlived = [...wanted.keys()].filter((name) => world.replicas(name) === 0 && !history.mayBeAtZero(name));
    t.deepEqual([outlived, history.wronged], [[], []], `seed ${seed}`);
    for (const policy of ['p', 'q']) world.cluster.removePolicy(policy);
    await history.quiet();
    const left = [...wanted].map(([name]) => {
      const { replicas, labels, annotations } = world.cluster.controller(`uid-${name}`);
      return [name, replicas, labels, annotations];
    });
    t.deepEqual(
      left,
      [...wanted].map(([name, replicas]) => [name, replicas, {}, {}]),
      `seed ${seed}`,
    );
    if (world.actions().some(({ name }) => name === 'clean')) t.fail(`seed ${seed}: a clean workload was touched`);
    await history.stop();
  }
  t.true(scaledDown > 50, `${scaledDown} times at zero`);
  t.true(excused > 20, `${excused} rows excepted`);
});

// Generated histories: people, Xray, the API server and the controller itself do what a seed says, and nothing may be lost by it.
import test from 'ava';
import type { Controller } from '../../src/controller/run.ts';
import { Failure } from '../../src/failure.ts';
import { seededRandom } from '../kubernetes/seeded-random.ts';
import { hourMs, minuteMs, SimulatedCluster, spec } from './simulated-cluster.ts';

const histories = 12;
const steps = 20;
const names = ['a', 'b', 'c'] as const;
const images = ['reg.io/one:1', 'reg.io/two:1', 'reg.io/three:1', `reg.io/pinned@sha256:${'a'.repeat(64)}`] as const;

class History {
  readonly world = new SimulatedCluster();
  /** The count that its owner last gave each Deployment. */
  readonly wanted = new Map<string, number>();
  readonly #random: () => number;
  #controllers: Controller[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    for (const name of names) {
      const replicas = this.#count();
      this.wanted.set(name, replicas);
      this.world.deploy(name, this.#oneOf(images), replicas);
    }
    this.world.deploy('clean', 'reg.io/clean:1', 2);
    this.world.scans.set(images[1], 'XRAY-1');
    this.world.scans.set(images[3], 'XRAY-1');
    this.world.cluster.apply('p', spec('issues'));
    this.#controllers = [this.world.start()];
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
      () => this.#applyPolicy(),
      () => this.#applyPolicy(),
      () => world.cluster.removePolicy(this.#oneOf(['p', 'q'])),
      () => world.edit(name, { image: this.#oneOf(images) }),
      () => world.edit(name, { image: this.#oneOf(images), annotations: {} }),
      () => this.#scale(name),
      () => this.#scale(name),
      () => this.#restart(),
      () => this.#controllers.push(world.start()),
      () => this.#breakWrites(),
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
      spec(objects, { mode, version: this.#oneOf([1, 2]), action: this.#oneOf(['ScaleDown', 'ScaleDown', 'ScaleDown', 'Ignore']) }),
    );
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

  /** Until the next step that mends it, some writes fail. */
  #breakWrites(): void {
    const isBroken = this.#random() < 0.5;
    this.world.cluster.onWrite = () => {
      if (isBroken && this.#random() < 0.5) throw new Failure('PATCH: 503', { retry: 'soon', reason: 'ServerError' });
    };
  }

  /** Time in which nobody does anything but the cluster and the controllers. */
  async quiet(): Promise<void> {
    this.world.scans.isDown = false;
    this.world.cluster.onWrite = () => undefined;
    for (let round = 0; round < 12; round += 1) {
      this.world.converge();
      await this.world.pass(10 * minuteMs);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#controllers.map((controller) => controller.stop()));
  }
}

test('whatever happens, the count of a workload at zero is remembered, and comes back when nobody asks for zero any more', async (t) => {
  let scaledDown = 0;
  for (let seed = 1; seed <= histories; seed += 1) {
    const history = new History(seed);
    const { world, wanted } = history;
    for (let step = 0; step < steps; step += 1) {
      await history.step();
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
    if (world.cluster.writes.length !== writes) t.fail(`seed ${seed}: it does not come to rest`);
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
});

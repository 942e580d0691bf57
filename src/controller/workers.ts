// Workers: they take keys from the queue, hand each to the pass, and turn what the pass says into done, later or retry.
import type { WorkQueue } from './queue.ts';

/** When a key is to be looked at again, as its pass says. `done`: on the next event. `retry`: after its back-off. */
export type Schedule = { readonly kind: 'done' } | { readonly kind: 'later'; readonly delayMs: number } | { readonly kind: 'retry' };

export interface WorkersOptions {
  readonly queue: WorkQueue;
  /** Keys worked on at a time. */
  readonly concurrency: number;
  /** One pass. What it throws is told to `onError` and the key is retried. */
  readonly handle: (key: string) => Promise<Schedule>;
  readonly onError: (key: string, error: unknown) => void;
}

/** Works until the queue is shut down; resolves when the last pass has ended. Never rejects for what a pass throws. */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.concurrency }, () => work(options)));
}

async function work(options: WorkersOptions): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    reschedule(queue, key, await scheduleOf(options, key));
    queue.done(key);
  }
}

async function scheduleOf({ handle, onError }: WorkersOptions, key: string): Promise<Schedule> {
  try {
    return await handle(key);
  } catch (error) {
    onError(key, error);
    return { kind: 'retry' };
  }
}

function reschedule(queue: WorkQueue, key: string, schedule: Schedule): void {
  if (schedule.kind === 'retry') {
    queue.addRateLimited(key);
    return;
  }
  queue.forget(key);
  if (schedule.kind === 'later') queue.addAfter(key, schedule.delayMs);
}

// Keys that wait for a time, earliest first: a binary heap in which an earlier time for a key replaces a later one.

/** Keys with the time at which each is due; a key is in it at most once. */
export interface DelayHeap {
  /** Enters the key; when it waits already the earlier time wins. */
  readonly set: (key: string, dueMs: number) => void;
  /** The earliest due time; undefined when nothing waits. */
  readonly nextDueMs: () => number | undefined;
  /** Takes out one key that is due at `nowMs`, the earliest first; undefined when none is. */
  readonly takeDue: (nowMs: number) => string | undefined;
  readonly clear: () => void;
  readonly size: () => number;
}

interface Entry {
  readonly key: string;
  readonly dueMs: number;
}

/** Returns an empty heap. */
export function createDelayHeap(): DelayHeap {
  const due = new Map<string, number>();
  const heap: Entry[] = [];

  // A key that was given an earlier time leaves its old entry behind: entries that `due` no longer confirms are void.
  const first = (): Entry | undefined => {
    for (let entry = heap[0]; entry !== undefined; entry = heap[0]) {
      if (due.get(entry.key) === entry.dueMs) return entry;
      removeFirst(heap);
    }
    return undefined;
  };

  return {
    set(key, dueMs) {
      const known = due.get(key);
      if (known !== undefined && known <= dueMs) return;
      due.set(key, dueMs);
      insert(heap, { key, dueMs });
    },
    nextDueMs: () => first()?.dueMs,
    takeDue(nowMs) {
      const entry = first();
      if (entry === undefined || entry.dueMs > nowMs) return undefined;
      due.delete(entry.key);
      removeFirst(heap);
      return entry.key;
    },
    clear() {
      due.clear();
      heap.length = 0;
    },
    size: () => due.size,
  };
}

function insert(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || parent.dueMs <= entry.dueMs) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const childIndex = earlierChild(heap, index);
    const child = heap[childIndex];
    if (child === undefined || child.dueMs >= last.dueMs) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
}

function earlierChild(heap: readonly Entry[], index: number): number {
  const left = heap[2 * index + 1];
  const right = heap[2 * index + 2];
  return left !== undefined && right !== undefined && right.dueMs < left.dueMs ? 2 * index + 2 : 2 * index + 1;
}

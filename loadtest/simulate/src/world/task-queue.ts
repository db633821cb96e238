/** A process that wakes up finds due timers and pending input. It may take either kind first. */
export type Kind = 'timer' | 'input';

export class Owner {
  readonly name: string;
  isDead = false;
  frozenUntil = 0;

  constructor(name: string) {
    this.name = name;
  }
}

export type Task = {at: number; no: number; owner: Owner; run: () => void; kind: Kind; isCancelled: boolean};

/** Tasks by time, and tasks of the same time in the order in which they were added: a binary heap. */
export class TaskQueue {
  readonly #heap: Task[] = [];

  push(task: Task): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  /** Removes and returns the next task, unless it is later than the given time. */
  next(until: number): Task | undefined {
    const [first] = this.#heap;
    if (!first || first.at > until) return undefined;
    const last = this.#heap.pop()!;
    if (last !== first) this.#sink(last);
    return first;
  }

  #sink(task: Task): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, task)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = task;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.no < b.no);
}

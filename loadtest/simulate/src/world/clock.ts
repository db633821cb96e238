/**
 * Virtual time. Everything that happens is a task of an owner: a node, a client or a store. One task runs at a time, with
 * everything that follows from it without waiting, and time passes only between tasks. So a run is a function of its seed.
 *
 * It is not a library of fake timers: a frozen node's timers wait while time passes, and a dead one's never fire.
 */
import {TaskQueue, type Kind, type Owner, type Task} from './task-queue.ts';

/** Runs after everything that waits in `process.nextTick` and in promises. Node has no public name for it. */
const runMicrotasks = (process as unknown as {_tickCallback(): void})._tickCallback;

export class Clock {
  now = 0;
  /** The owner whose code runs. */
  current: Owner;
  steps = 0;
  readonly #queue = new TaskQueue();
  #count = 0;

  constructor(first: Owner) {
    this.current = first;
  }

  schedule(owner: Owner, delayMs: number, run: () => void, kind: Kind = 'input'): Task {
    const task = {
      at: this.now + Math.max(0, delayMs),
      no: this.#count++,
      owner,
      run,
      kind,
      isCancelled: false,
    };
    this.#queue.push(task);
    return task;
  }

  /** Runs code as this owner, with everything that follows from it at once. */
  as<Result>(owner: Owner, run: () => Result): Result {
    const before = this.current;
    this.current = owner;
    const result = run();
    runMicrotasks();
    this.current = before;
    return result;
  }

  /** Runs tasks until a time, or until something has happened, which is checked after each task. */
  runUntil(at: number, hasHappened = () => false): void {
    for (let task = this.#queue.next(at); task; task = this.#queue.next(at)) {
      this.#run(task);
      if (hasHappened()) return;
    }
    this.now = at;
  }

  #run(task: Task): void {
    const {owner} = task;
    if (task.isCancelled || owner.isDead) return;
    this.now = Math.max(this.now, task.at);
    if (owner.frozenUntil > this.now) return this.#postpone(task);
    this.steps += 1;
    this.as(owner, task.run);
  }

  #postpone(task: Task): void {
    // The same for all tasks of a kind, so that they keep their order.
    const isLater = (task.owner.frozenUntil & 1) === 0 ? task.kind === 'timer' : task.kind === 'input';
    task.at = task.owner.frozenUntil + (isLater ? 0.01 : 0);
    task.no = this.#count++;
    this.#queue.push(task);
  }
}

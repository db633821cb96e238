/**
 * Virtual time. Whatever happens is a task at a time, of an owner: a node, a client, a store. One task runs at once, with
 * all that follows from it without waiting, and time passes only between tasks. So a run is a function of its seed.
 *
 * Not a library of fake timers: a frozen node's timers wait while the time goes on, and a dead one's never fire.
 */
import {TaskQueue, type Kind, type Owner, type Task} from './task-queue.ts';

/** What runs after everything that waits in `process.nextTick` and in promises; Node has no public name for it. */
const runMicrotasks = (process as unknown as {_tickCallback(): void})._tickCallback;

export class Clock {
  now = 0;
  /** Whose code runs. */
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

  /** Runs code as somebody's, and all that follows from it at once. */
  as<Result>(owner: Owner, run: () => Result): Result {
    const before = this.current;
    this.current = owner;
    const result = run();
    runMicrotasks();
    this.current = before;
    return result;
  }

  /** Or until something has happened before that, looked at behind each task. */
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
    // Alike for all tasks of a kind, so that what came first stays first.
    const isLater = (task.owner.frozenUntil & 1) === 0 ? task.kind === 'timer' : task.kind === 'input';
    task.at = task.owner.frozenUntil + (isLater ? 0.01 : 0);
    task.no = this.#count++;
    this.#queue.push(task);
  }
}

import {fork, type ChildProcess} from 'node:child_process';
import {setPriority} from 'node:os';
import {ChatError} from '@madang/protocol/errors';
import type {ConvertedImage, Images} from './converted-image.ts';
import {exitCodes, imageLimits, type ImageAnswer} from './image-limits.ts';

const program = new URL('./image-process.ts', import.meta.url);
/** Chat runs beside it on the same cores. */
const niceness = 10;

type Waiting = {
  bytes: Buffer;
  resolve(image: ConvertedImage): void;
  reject(error: unknown): void;
  /** Monotonic, ms: nobody waits for the image after this. */
  deadlineAt: number;
  /** Rejects the image once it has waited too long. */
  timer: NodeJS.Timeout;
};

export type ImagesOptions = {
  /** How many images may wait, and how long each, in ms. */
  mostWaiting?: number;
  maxWaitMs?: number;
  /** How long an idle process is kept. */
  idleMs?: number;
};

/**
 * Converts images one after the other in a separate process, which starts with the first image and ends when idle. If
 * an image takes too much memory or time, it is refused and the process is ended. Throws `overloaded` if the queue is
 * full or the wait is too long.
 */
export function createImages({
  mostWaiting = imageLimits.waiting,
  maxWaitMs = imageLimits.maxWaitMs,
  idleMs = 60_000,
}: ImagesOptions = {}): Images {
  const waiting: Waiting[] = [];
  let converter: ChildProcess | undefined;
  let isBusy = false;
  let idle: NodeJS.Timeout | undefined;
  let isClosed = false;

  function start(): ChildProcess {
    const child = fork(program, {
      serialization: 'advanced',
      execArgv: ['--max-old-space-size=128'],
      env: {MALLOC_ARENA_MAX: '2'},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const onGone = () => {
      if (converter !== child) return;
      converter = undefined;
      isBusy = false;
      next();
    };
    // A process that cannot be started emits `error` and no `exit`. One whose channel fails may still run.
    child.on('error', () => {
      child.kill('SIGKILL');
      onGone();
    });
    child.once('exit', onGone);
    if (child.pid !== undefined) setPriority(child.pid, niceness);
    // A stopping node waits for its requests, not for idle converters.
    child.unref();
    child.channel?.unref();
    return child;
  }

  function next(): void {
    if (waiting.length === 0 || isBusy || isClosed) return;
    isBusy = true;
    clearTimeout(idle);
    converter ??= start();
    convert(converter, waiting.shift()!);
  }

  function convert(child: ChildProcess, {bytes, resolve, reject, deadlineAt, timer: wait}: Waiting): void {
    clearTimeout(wait);
    const withinMs = Math.min(imageLimits.maxMs, deadlineAt - performance.now());
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    const settle = () => {
      clearTimeout(timer);
      child.off('message', onAnswer).off('exit', onExit).off('error', onError);
    };
    const onError = () => {
      settle();
      reject(overloaded());
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
      settle();
      reject(refusalOf(code, signal));
    };
    const onAnswer = (answer: ImageAnswer) => {
      settle();
      if ('refused' in answer) reject(new ChatError(answer.refused, {message: answer.message}));
      else resolve(answer);
      isBusy = false;
      idle = setTimeout(() => end(child), idleMs).unref();
      next();
    };
    child.once('exit', onExit).once('error', onError).once('message', onAnswer);
    child.send({bytes});
  }

  /** An image that arrives before the process has exited starts a new process. */
  function end(child: ChildProcess): void {
    converter = undefined;
    child.kill();
  }

  function wait(bytes: Buffer, withinMs: number): Promise<ConvertedImage> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(overloaded());
        },
        Math.min(maxWaitMs, withinMs),
      );
      const deadlineAt = performance.now() + withinMs;
      const entry = {bytes, resolve, reject, deadlineAt, timer};
      waiting.push(entry);
      next();
    });
  }

  return {
    async convert(bytes, {withinMs = imageLimits.patienceMs} = {}) {
      if (isClosed || waiting.length >= mostWaiting || withinMs <= 0) throw overloaded();
      return wait(bytes, withinMs);
    },
    close() {
      isClosed = true;
      for (const {reject, timer} of waiting.splice(0)) {
        clearTimeout(timer);
        reject(new ChatError('unavailable'));
      }
      converter?.kill('SIGKILL');
    },
  };
}

function overloaded(): ChatError {
  return new ChatError('overloaded', {retryAfterMs: 2_000});
}

/**
 * If the process was killed, by this one or the kernel, that says nothing about the image: the machine was busy, or
 * short of memory. Exit code 1 means an exception in its code, such as a missing library: it is logged, and answered
 * `internal`.
 */
function refusalOf(code: number | null, signal: NodeJS.Signals | null): Error {
  if (signal === 'SIGKILL') return overloaded();
  if (code === 1) return new Error('the image converter ended with an exception');
  if (code !== exitCodes.memory && code !== exitCodes.time) {
    return new ChatError('invalid', {message: 'The image is damaged.'});
  }
  const what = code === exitCodes.memory ? 'memory' : 'time';
  return new ChatError('too_large', {
    message: `The image takes too much ${what} to convert. Send it smaller, or as a JPEG.`,
  });
}

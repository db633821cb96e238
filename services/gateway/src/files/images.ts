import {fork, type ChildProcess} from 'node:child_process';
import {setPriority} from 'node:os';
import {ChatError} from '@madang/protocol/errors';
import {imageLimits, type ImageAnswer} from './image-limits.ts';
import type {ConvertedImage, Images} from './converted-image.ts';

const program = new URL('./image-process.ts', import.meta.url);
/** Chat goes on beside it on the same cores. */
const niceness = 10;
const idleMs = 60_000;

type Waiting = {bytes: Buffer; resolve(image: ConvertedImage): void; reject(error: unknown): void};

/**
 * Converts images in processes of their own: at most `processes` at once, started when there is something to do and ended
 * when there is not. One that takes too long, or too much memory, is killed, and its image refused.
 */
export function createImages({processes = 2, queued = 20} = {}): Images {
  const idle: ChildProcess[] = [];
  const running = new Set<ChildProcess>();
  const waiting: Waiting[] = [];
  let isClosed = false;

  function start(): ChildProcess {
    const child = fork(program, {
      serialization: 'advanced',
      execArgv: ['--max-old-space-size=128'],
      env: {MALLOC_ARENA_MAX: '2'},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    running.add(child);
    child.on('error', () => undefined);
    child.once('exit', () => {
      running.delete(child);
      remove(idle, child);
      next();
    });
    if (child.pid !== undefined) setPriority(child.pid, niceness);
    // A node that stops waits for requests, not for these.
    child.unref();
    child.channel?.unref();
    return child;
  }

  function next(): void {
    if (waiting.length === 0 || isClosed) return;
    const child = idle.pop() ?? (running.size < processes ? start() : undefined);
    if (child) convert(child, waiting.shift()!);
  }

  function convert(child: ChildProcess, {bytes, resolve, reject}: Waiting): void {
    const timer = setTimeout(() => child.kill('SIGKILL'), imageLimits.withinMs);
    const onExit = () => {
      clearTimeout(timer);
      child.off('message', onAnswer);
      reject(new ChatError('too_large', {message: 'The image takes too much to decode.'}));
    };
    const onAnswer = (answer: ImageAnswer) => {
      clearTimeout(timer);
      child.off('exit', onExit);
      if ('refused' in answer) reject(new ChatError(answer.refused, {message: answer.message}));
      else resolve(answer);
      rest(child);
    };
    child.once('exit', onExit);
    child.once('message', onAnswer);
    child.send({bytes});
  }

  function rest(child: ChildProcess): void {
    idle.push(child);
    next();
    if (idle.includes(child)) setTimeout(() => remove(idle, child) && child.kill(), idleMs).unref();
  }

  return {
    convert: (bytes) =>
      new Promise((resolve, reject) => {
        if (isClosed || waiting.length >= queued) {
          throw new ChatError('overloaded', {retryAfterMs: 2_000});
        }
        waiting.push({bytes, resolve, reject});
        next();
      }),
    close() {
      isClosed = true;
      for (const {reject} of waiting.splice(0)) reject(new ChatError('unavailable'));
      for (const child of running) child.kill('SIGKILL');
    },
  };
}

/** Whether it was there. */
function remove<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

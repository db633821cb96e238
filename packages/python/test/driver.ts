import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

export type Driver = {ask: <Answer>(question: object) => Promise<Answer>; close: () => Promise<void>};

/** Starts Python with the package's sources. It answers one question after the other. */
export function startDriver(python: string): Driver {
  const env = {...process.env, PYTHONPATH: join(import.meta.dirname, '../src'), PYTHONDONTWRITEBYTECODE: '1'};
  const child = spawn(python, ['-W', 'error', join(import.meta.dirname, 'driver.py')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const answers = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    async ask<Answer>(question: object): Promise<Answer> {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const {value, done} = await answers.next();
      if (done) throw new Error('Python ended.');
      return JSON.parse(value) as Answer;
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

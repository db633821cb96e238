import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {createTestDatabase} from '@madang/testkit/database';
import {expect, onTestFinished, test} from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

async function run(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], {env, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return {code, output};
}

test('ends with 0 when the schema is up to date, however often it runs', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());

  const runs = await Promise.all([
    run({DATABASE_URL: database.url}),
    run({DATABASE_URL: database.url}),
    run({DATABASE_URL: database.url}),
  ]);

  expect(runs).toEqual(Array(3).fill({code: 0, output: expect.stringContaining('the schema is up to date')}));
});

test('ends with 1 and the reason when Postgres is away', async () => {
  // Nobody listens on the discard port.
  const {code, output} = await run({DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none'});

  expect(code).toBe(1);
  expect(output).toContain('ECONNREFUSED');
});

test('with --restored raises the incarnation, each time anew', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const raise = async () => {
    const {code, output} = await run({DATABASE_URL: database.url}, '--restored');
    expect(code).toBe(0);
    return Number(/"incarnation":"?(\d+)/.exec(output)?.[1]);
  };

  const [first, second] = [await raise(), await raise()];

  expect(second).toBeGreaterThan(first);
});

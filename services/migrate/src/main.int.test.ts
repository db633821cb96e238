import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {createDatabase} from '@madang/database/connections/pool';
import {createEmptyDatabase, createTestDatabase} from '@madang/testkit/database';
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

test('with --restored raises the incarnation, each time', async () => {
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

test('with a role of its own makes those of the processes and of operators, and sets how long the audit log is kept', async () => {
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  const id = randomBytes(4).toString('hex');
  const as = (role: string, password: string) => {
    const url = new URL(database.url);
    Object.assign(url, {username: `${role}_${id}`, password: encodeURIComponent(password)});
    return url.href;
  };
  const env = {
    MIGRATION_DATABASE_URL: database.url,
    DATABASE_URL: as('app', 'pass#word/1'),
    ADMIN_DATABASE_URL: as('admin', 'pass word'),
    AUDIT_RETENTION_DAYS: '30',
  };

  const {code, output} = await run(env);
  await run(env);

  expect({code, output}).toEqual({code: 0, output: expect.stringContaining('the schema is up to date')});
  expect(output).not.toContain('pass');
  const silent = {debug() {}, info() {}, warn() {}, error() {}};
  const read = async (url: string, text: string) => {
    const db = createDatabase({url, log: silent, applicationName: 'test', deadlineMs: 20_000});
    try {
      return await db.query({name: '', text});
    } finally {
      await db.close();
    }
  };
  await expect(read(env.DATABASE_URL, 'select audit_days from cluster')).resolves.toEqual([{audit_days: 30}]);
  await expect(read(env.DATABASE_URL, 'select from audit_log')).rejects.toThrow('permission denied');
  await expect(read(env.ADMIN_DATABASE_URL, 'select from audit_log')).resolves.toEqual([]);
  await read(database.url, `drop role app_${id}, admin_${id}`);
});

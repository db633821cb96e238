import {createDatabase} from '@madang/database/connections/pool';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {startReplicatedPostgres, type ReplicatedPostgres} from './replicated-postgres.ts';
import {whyNoSmallDisk} from './small-disk.ts';
import {waitFor} from './wait-for.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

describe.runIf(whyNoSmallDisk() === undefined)('on a disk of its own', () => {
  let postgres: ReplicatedPostgres;
  beforeAll(async () => {
    postgres = await startReplicatedPostgres({diskMiB: 1_024});
  }, 90_000);
  afterAll(() => postgres?.close());

  test('Postgres cannot grow while its disk is full, keeps what it has, and writes on once there is space', async () => {
    const db = createDatabase({url: postgres.url, log: silent, applicationName: 'test', deadlineMs: 5_000});
    const grow = () =>
      db.query({
        name: '',
        text: `insert into kept select repeat(md5(n::text), 100) from generate_series(1, 2000) n`,
      });
    await db.query({name: '', text: 'create table kept (text text)'});
    await grow();

    postgres.fillDisk();
    await expect(grow()).rejects.toThrow();
    await postgres.freeDisk();

    await waitFor(
      () =>
        grow().then(
          () => true,
          () => false,
        ),
      {timeoutMs: 20_000, what: 'space'},
    );
    const [kept] = await db.query<{count: number}>({
      name: '',
      text: 'select count(*)::int as count from kept',
    });
    expect(kept!.count).toBe(4_000);
    await db.close();
  }, 90_000);
});

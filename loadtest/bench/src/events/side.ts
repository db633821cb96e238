/** One database with its worker. Messages are appended as fast as they are acknowledged. */
import {randomUUID} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {addWebhook} from '@madang/database/events/webhooks';
import {createAppender} from '@madang/database/messages/append';
import {migrate} from '@madang/database/migrating/migrate';
import {setPolicy} from '@madang/database/operator/policies';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startWorker} from '@madang/processes/services';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {waitFor} from '@madang/testkit/wait-for';
import {open, setStage, silent, type Stage} from '../pulses/stage.ts';

const roomCount = 200;
const atOnce = 100;
const settledWithinMs = 120_000;
const text = 'A message of the usual length, with some thirty words or so; nobody reads it.';

export type Side = Awaited<ReturnType<typeof openSide>>;
type Stores = {postgresUrl: string; redisUrl: string};

/** Without `eventDays` there are no events; all of them are posted to `webhookUrl`. */
export async function openSide(
  name: string,
  {postgresUrl, redisUrl}: Stores,
  {eventDays, webhookUrl}: {eventDays: number; webhookUrl?: string | undefined},
) {
  const url = await makeDatabase(postgresUrl, name);
  const [db, owner] = [open(url, name), open(url, 'bench')];
  const stage = await setStage(owner, roomCount);
  const {tenantId} = stage;
  await owner.query({name: '', text: 'update rooms set overseen = true'});
  await setPolicy(owner, {tenantId, policy: {...presetPolicy('community'), eventDays}, changes: []});
  if (webhookUrl !== undefined) await addWebhook(owner, {tenantId, url: webhookUrl});
  const worker = await runWorker(url, redisUrl, name);
  const {append, close} = createAppender(db, {log: silent, onCommitted() {}, deadlineMs: 10_000});
  const sendOne = sender(stage, append);
  return {
    name,
    /** Returns messages a second. */
    async send(windowMs: number): Promise<number> {
      const [startedAt, until] = [performance.now(), performance.now() + windowMs];
      let stored = 0;
      const keepSending = async () => {
        for (; performance.now() < until; stored += 1) await sendOne();
      };
      await Promise.all(Array.from({length: atOnce}, keepSending));
      return (stored * 1_000) / (performance.now() - startedAt);
    },
    /** Resolves once no work is left, so that the next window has the machine to itself. */
    settle: () =>
      waitFor(
        async () => {
          const [row] = await owner.query<{waits: boolean}>({name: '', text: waitsText});
          return !row!.waits;
        },
        {timeoutMs: settledWithinMs, everyMs: 100, what: `${name} to settle`},
      ),
    async close() {
      await close();
      await worker.close();
      for (const each of [db, owner]) await each.close();
    },
  };
}

const waitsText = `
  select exists (select from tenants where event_days > 0) and exists (
      select from rooms r left join event_rooms e on e.room_id = r.id where r.head <> coalesce(e.head, 0))
    or exists (select from webhooks w join event_positions p using (tenant_id) where w.position <> p.position) as waits`;

async function makeDatabase(postgresUrl: string, name: string): Promise<string> {
  const admin = open(postgresUrl, 'bench');
  await admin.query({name: '', text: `create database ${name}`});
  await admin.close();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await migrate(url.href, silent);
  return url.href;
}

async function runWorker(databaseUrl: string, redisUrl: string, name: string) {
  const dir = mkdtempSync(join(tmpdir(), 'madang-bench-'));
  const children = new Children(join(dir, 'run'), dir);
  const env = {
    PATH: process.env.PATH,
    MADANG_ENV: 'development',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: `${name}:`,
    METRICS_PORT: String(await findFreePort()),
    LOG_LEVEL: 'warn',
    OUTBOUND_ALLOW: '127.0.0.0/8',
    WEBHOOK_SECRET: `${randomUUID()}${randomUUID()}`,
  };
  await startWorker({children, name: `worker-${name}`, env, dir});
  return {
    async close() {
      await children.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}

function sender({tenantId, rooms}: Stage, append: ReturnType<typeof createAppender>['append']) {
  let next = 0;
  return () => {
    const {id, ownerId} = rooms[next++ % rooms.length]!;
    return append({
      tenantId,
      roomId: id,
      senderId: ownerId,
      sender: {id: ownerId, kind: 'service', name: 'bench', color: '#000000'},
      clientId: randomUUID(),
      text,
      receivedAt: performance.now(),
    });
  };
}

/**
 * What the moves cost a send: the schema of another clone of the repository against this one's, in turns, on one Postgres.
 * node loadtest/bench/src/pulses/before-after.ts --before PATH
 */
import {randomUUID} from 'node:crypto';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {createAppender} from '@madang/database/messages/append';
import {migrate} from '@madang/database/migrating/migrate';
import {startPrivatePostgres} from '@madang/testkit/private-postgres';
import {inRound, spreadOf} from '../pairs.ts';
import {backendsMs, open, round, setStage, silent} from './stage.ts';

const {values} = parseArgs({options: {before: {type: 'string'}}});
if (!values.before) throw new Error('--before PATH: the clone whose schema is the old one');
const rounds = 24;
const loads = {many: 100, lone: 1} as const;
const windowMs = 1_500;

const postgres = await startPrivatePostgres();
try {
  const old = (await import(
    pathToFileURL(resolve(values.before, 'packages/database/src/migrating/migrate.ts')).href
  )) as {
    migrate: typeof migrate;
  };
  const sides = [await openSide('before', old.migrate), await openSide('after', migrate)];
  for (const load of Object.values(loads)) {
    for (const side of sides) await side.send(load);
  }
  for (const [name, load] of Object.entries(loads)) {
    const ratios = {ackMs: [] as number[], postgresMs: [] as number[]};
    const seen = {before: [] as number[], after: [] as number[]};
    for (let no = 0; no < rounds; no += 1) {
      const measured = new Map<string, Awaited<ReturnType<(typeof sides)[0]['send']>>>();
      for (const side of inRound(sides, no)) measured.set(side.name, await side.send(load));
      const [before, after] = [measured.get('before')!, measured.get('after')!];
      ratios.ackMs.push(after.ackMs / before.ackMs);
      ratios.postgresMs.push(after.postgresMs / before.postgresMs);
      seen.before.push(before.ackMs);
      seen.after.push(after.ackMs);
    }
    const of = (side: number[]) => round(spreadOf(side).median);
    say(name, {
      ackMs: {before: of(seen.before), after: of(seen.after)},
      ackRatio: intervalOf(ratios.ackMs),
      postgresRatio: intervalOf(ratios.postgresMs),
    });
  }
  for (const side of sides) await side.close();
} finally {
  await postgres.close();
}

async function openSide(name: 'before' | 'after', bringUp: typeof migrate) {
  const url = new URL(postgres.url);
  const admin = open(postgres.url, 'bench');
  await admin.query({name: '', text: `create database ${name}`});
  await admin.close();
  url.pathname = `/${name}`;
  await bringUp(url.href, silent);
  const [db, owner] = [open(url.href, `side ${name}`), open(url.href, 'bench')];
  const {tenantId, rooms} = await setStage(owner, 200);
  const {append, close} = createAppender(db, {log: silent, onCommitted() {}, deadlineMs: 10_000});
  let next = 0;
  const sendOne = () => {
    const {id, ownerId} = rooms[next++ % rooms.length]!;
    const sender = {id: ownerId, kind: 'service', name: 'bench', color: '#000000'} as const;
    const text = 'A message of the usual length, with some thirty words or so; nobody reads it.';
    return append({
      tenantId,
      roomId: id,
      senderId: ownerId,
      sender,
      clientId: randomUUID(),
      text,
      receivedAt: performance.now(),
    });
  };
  return {
    name,
    async send(atOnce: number) {
      const before = await backendsMs(owner, `side ${name} append`);
      const until = performance.now() + windowMs;
      const ackMs: number[] = [];
      const keepSending = async () => {
        while (performance.now() < until) {
          const startedAt = performance.now();
          await sendOne();
          ackMs.push(performance.now() - startedAt);
        }
      };
      await Promise.all(Array.from({length: atOnce}, keepSending));
      const postgresMs = ((await backendsMs(owner, `side ${name} append`)) - before) / ackMs.length;
      return {ackMs: spreadOf(ackMs).median, postgresMs};
    },
    async close() {
      await close();
      for (const each of [db, owner]) await each.close();
    },
  };
}

/** The geometric mean of the ratios, with its 95 % interval. */
function intervalOf(ratios: number[]) {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, each) => sum + each) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (logs.length - 1);
  // Student's t for 24 rounds.
  const half = 2.07 * Math.sqrt(variance / logs.length);
  return {mean: round(Math.exp(mean)), low: round(Math.exp(mean - half)), high: round(Math.exp(mean + half))};
}

function say(what: string, result: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(result)}\n`);
}

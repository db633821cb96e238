import type {PostgresPlace} from '@madang/runtime/postgres-variables';
import {openConnection} from './connection.ts';

const withinMs = 5_000;
const question = {
  name: '',
  text: `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
    current_user as role, current_database() as database`,
};
type Answer = {version: string; major: number; role: string; database: string};

/** Connects once, and says who answers. Rejects with the reason if nobody does within 5 s, or a server that is too old. */
export async function tryPostgres(at: string | PostgresPlace): Promise<string> {
  const patience = {statementTimeoutMs: withinMs, lockTimeoutMs: withinMs};
  const place = typeof at === 'string' ? {url: at} : at;
  const connection = await openConnection({...place, applicationName: 'madang check', ...patience}, withinMs);
  try {
    const [answer] = await connection.query<Answer>(question, [], withinMs);
    const {version, major, role, database} = answer!;
    if (major < 15) throw new Error(`Postgres ${version} is too old: this release needs 15 to 18`);
    return `Postgres ${version} answers, as ${role} in ${database}`;
  } finally {
    await connection.close();
  }
}

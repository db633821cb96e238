/**
 * Whether sessions have the settings that this code relies on. A connection sets them itself, except behind a pooler that
 * lends a session for each transaction: there the role has them.
 */
import type {PostgresPlace} from '@madang/runtime/postgres-variables';
import type {Database} from '../connections/pool.ts';
import {sessionSettings} from '../connections/session-settings.ts';

/** For gateways: a call has 900 ms, and one that nobody awaits any longer must end by itself. */
const times = {statement_timeout: '2s', lock_timeout: '400ms'};

function roleSettings(schema: string | undefined): Record<string, string> {
  return {...sessionSettings(schema), ...times, synchronous_commit: 'on'};
}

type Found = {name: string; value: string | null};

/** Throws an Error of one line that says what to do. Call it once the schema is known to be there. */
export async function requireSettings(db: Database, {pooler, schema}: PostgresPlace): Promise<void> {
  const wanted = pooler === 'transaction' ? roleSettings(schema) : sessionSettings(schema);
  const names = Object.keys(wanted);
  const found = await db.query<Found>(
    {name: '', text: 'select name, current_setting(name, true) as value from unnest($1::text[]) as name'},
    [names],
  );
  const wrong = found.filter(({name, value}) => !isAsWanted(name, value, wanted[name]!));
  if (wrong.length === 0) return;
  if (pooler === 'session')
    throw new Error(
      `DATABASE_POOLER: the sessions lose settings (${wrong[0]!.name}): the pooler lends them for a transaction`,
    );
  if (pooler === undefined)
    throw new Error(
      'DATABASE_URL: leads to a pooler that drops settings; set DATABASE_POOLER=session or transaction',
    );
  const [role] = await db.query<{role: string; database: string}>({
    name: '',
    text: 'select quote_ident(current_user) as role, quote_ident(current_database()) as database',
  });
  const lacking = wrong.map(({name}) => settingStatement(role!, name, wanted[name]!)).join('; ');
  throw new Error(
    `DATABASE_POOLER: the role lacks settings; run the migrations with the same DATABASE_POOLER, or as a superuser: ${lacking}; then RECONNECT the pooler`,
  );
}

/** Gives a role the settings, so that they hold in each session that a pooler opens for it. */
export async function keepSettings(db: Database, user: string, schema: string | undefined): Promise<void> {
  const [names] = await db.query<{role: string; database: string}>(
    {name: '', text: 'select quote_ident($1) as role, quote_ident(current_database()) as database'},
    [user],
  );
  const statements = Object.entries(roleSettings(schema)).map(([name, value]) =>
    settingStatement(names!, name, value),
  );
  const block = statements.join(';\n');
  await db.query({name: '', text: `do $settings$ begin ${block}; end $settings$`});
}

function settingStatement(
  {role, database}: {role: string; database: string},
  name: string,
  value: string,
): string {
  const written = name === 'search_path' ? `"${value}"` : `'${value}'`;
  return `alter role ${role} in database ${database} set ${name} = ${written}`;
}

function isAsWanted(name: string, value: string | null, wanted: string): boolean {
  if (name === 'synchronous_commit') return value === 'on' || value === 'remote_apply';
  // Any limit is enough, however an operator chose it.
  if (name in times) return value !== null && value !== '0';
  // A newer server may not know a setting.
  return value === null || value === wanted;
}

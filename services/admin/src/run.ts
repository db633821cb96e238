/** The steps of every command: connect ▶ act ▶ print ▶ leave. */
import {userInfo} from 'node:os';
import {requireSchema} from '@madang/database/migrating/migrate';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {ChatError} from '@madang/protocol/errors';
import type {Command} from 'commander';
import {readConfig, type Config} from './config.ts';
import {print, type Output} from './print.ts';

/** Nobody waits longer than this at a prompt, and a busy cluster answers within it. */
const deadlineMs = 10_000;
// The operator sees what matters as an error.
const silent = {debug() {}, info() {}, warn() {}, error() {}};

/** Creates the action of a command from a function on the database. */
export function action<Args extends unknown[]>(
  act: (db: Database, config: Config, ...args: Args) => Promise<Output>,
): (...given: [...Args, Command]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -1) as unknown as Args;
    const {json = false} = command.optsWithGlobals<{json?: boolean}>();
    const config = readConfig();
    const db = createDatabase({
      ...config.postgres,
      log: silent,
      // The audit log stores this name, so it says who acts.
      applicationName: `madang admin ${operatorName()}`,
      maxConnections: 1,
      statementTimeoutMs: deadlineMs,
      lockTimeoutMs: deadlineMs,
      deadlineMs,
    });
    try {
      await requireSchema(db).catch((error: unknown) => {
        if (error instanceof ChatError) throw error;
        throw new ChatError('unavailable', {message: (error as Error).message});
      });
      await print(await act(db, config, ...args).catch(explainRights), {json});
    } finally {
      await db.close();
    }
  };
}

/** Most likely the gateways' own address was given, whose role has fewer rights than an operator's. */
function explainRights(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
  const message =
    'The role of this database address has too few rights; set ADMIN_DATABASE_URL to that of an operator.';
  throw new ChatError('forbidden', {message, cause: error});
}

function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user of a container may have no name.
    return `uid ${process.getuid?.()}`;
  }
}

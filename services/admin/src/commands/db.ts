import {restored} from '@madang/database/migrating/restored';
import type {Command} from 'commander';
import {action} from '../run.ts';

export function addDatabaseCommands(program: Command): void {
  program
    .command('db')
    .description('the database')
    .command('restored')
    .description('announce a restore from a backup: every client reads its rooms again')
    .action(
      action(async (db) => {
        const data = await restored(db);
        return {done: `Every log has a new epoch, with incarnation ${data.incarnation}.`, data};
      }),
    );
}

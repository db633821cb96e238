/** Brings the schema up to date and ends: with 0 when it is, else with 1, to be run again. */
import {migrate} from '@madang/database/migrate';
import {leaveOnSignal} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import {readConfig} from './config.ts';

leaveOnSignal();
const config = readConfig();
const log = createLogger({name: 'migrate', level: config.LOG_LEVEL});

try {
  await migrate(config.DATABASE_URL, log);
  log.info('the schema is up to date');
} catch (error) {
  log.fatal({err: error}, 'the schema is not up to date');
  process.exitCode = 1;
}

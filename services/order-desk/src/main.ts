/** Starts the desk: read the configuration, serve the pages until told to stop. */
import {leaveOnSignal, runUntilSignal, startOrLeave} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import {readConfig} from './config.ts';
import {createDesk} from './desk.ts';

const stopMs = 10_000;

leaveOnSignal();
const config = readConfig();
const log = createLogger({name: 'order-desk', level: config.LOG_LEVEL});
const desk = await startOrLeave(log, () => createDesk(config, log));
runUntilSignal({
  log,
  deadlineMs: stopMs,
  steps: [{name: 'stop the desk', limitMs: stopMs, run: () => desk.stop()}],
});
log.info({url: desk.url}, 'serving');

/** Starts the desk: reads the configuration, and serves the pages until a signal ends the process. */
import {pino} from 'pino';
import {readConfig} from './config.ts';
import {createDesk} from './desk.ts';

const stopMs = 10_000;

let log = pino({name: 'order-desk'});
try {
  const config = readConfig();
  log = pino({name: 'order-desk', level: config.LOG_LEVEL});
  const desk = await createDesk(config, log);
  const stop = async () => {
    setTimeout(() => process.exit(1), stopMs).unref();
    await desk.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  log.info({url: desk.url}, 'serving');
} catch (error) {
  log.fatal({err: error}, 'not started');
  process.exit(1);
}

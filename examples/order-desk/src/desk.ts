/** Assembles the desk that main and the tests start. */
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Logger} from 'pino';
import {createServer as createChat} from '@madang/server';
import type {Config} from './config.ts';
import {openDatabase} from './database.ts';
import {createApp} from './http.ts';
import {startOutbox} from './outbox.ts';
import {buildPageScript} from './page-script.ts';
import {createSchema} from './schema.ts';

/** People wait for some of the calls. */
const callMs = 5_000;

export type Desk = {url: string; stop(): Promise<void>};

export async function createDesk(config: Config, log: Logger): Promise<Desk> {
  const db = openDatabase(config.DATABASE_URL, log);
  await createSchema(db);
  const chat = createChat({url: config.MADANG_URL, key: config.MADANG_KEY, timeoutMs: callMs});
  const outbox = startOutbox(db, chat, log);
  const http = createServer(createApp({db, chat, outbox, config, log, script: await buildPageScript()}));
  http.listen(config.PORT, config.HOST);
  await once(http, 'listening');
  const {port} = http.address() as AddressInfo;
  return {
    url: `http://${config.HOST}:${port}`,
    async stop() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await outbox.stop();
      await db.close();
    },
  };
}

import {createServer} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {startBot} from './bot.ts';
import {config} from './config.ts';
import {openDesk} from './desk.ts';
import {createApp} from './http.ts';

const {PORT, MADANG_URL, MADANG_KEY, DESK_URL, DESK_AGENTS} = config;

const http = createServer();
http.listen(Number(PORT), '127.0.0.1');
await once(http, 'listening');
const url = DESK_URL ?? `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

const desk = await openDesk({url, chatUrl: MADANG_URL, key: MADANG_KEY, agents: DESK_AGENTS});
const bot = await startBot(desk.server, `${url}/webhook`);
http.on('request', createApp(desk, bot));
console.log(`serving ${url}`);

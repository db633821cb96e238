/**
 * Answers `/livez`, `/readyz` and `/metrics` in a thread beside the event loop of its process.
 *
 * A busy process answers late. A balancer that asked it directly would consider it dead and cut its connections, and all
 * its clients would connect again. This thread is late only when the whole process is frozen or cut off.
 */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {parentPort, workerData} from 'node:worker_threads';

export type PageRequest = {path: string; authorization?: string | undefined};
export type PageAnswer = {status: number; headers: Record<string, string>; body: string};
export type Question = {no: number; isMetrics: boolean; page?: PageRequest};
export type Answer = {
  no: number;
  isReady: boolean;
  faults: string[];
  metrics?: {type: string; text: string};
  page?: PageAnswer;
  error?: string;
};
export type Listening = {port: number};

const {host, port, pagesBelow} = workerData as {host: string; port: number; pagesBelow?: string};
const askEveryMs = 500;
/** An event loop that is not blocked answers within this time. */
const promptMs = 250;
/** So late that new connections should go to another process. The process keeps its current connections. */
const busyMs = 5_000;
/** Longer than any work of this process. Its connections are better served by another process. */
const stuckMs = 20_000;

let last = {isReady: false, faults: [] as string[], at: performance.now()};
let questions = 0;
const waiting = new Map<number, (answer: Answer) => void>();

parentPort!.on('message', (answer: Answer) => {
  last = {isReady: answer.isReady, faults: answer.faults, at: performance.now()};
  waiting.get(answer.no)?.(answer);
  waiting.delete(answer.no);
});

function ask(isMetrics: boolean, page?: PageRequest): Promise<Answer> {
  const no = (questions += 1);
  parentPort!.postMessage({no, isMetrics, ...(page && {page})} satisfies Question);
  return new Promise((resolve) => waiting.set(no, resolve));
}

const server = createServer((request, response) => void answer(request, response));

async function answer({url, method, headers}: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = url?.split('?')[0];
  if (path === '/metrics') return answerMetrics(response);
  const isPage = pagesBelow !== undefined && (path === pagesBelow || path?.startsWith(`${pagesBelow}/`));
  if (isPage && method === 'GET')
    return answerPage(response, {path: path!, authorization: headers.authorization});
  if (path !== '/livez' && path !== '/readyz') return void response.writeHead(404).end();
  await Promise.race([ask(false), sleep(promptMs)]);
  const silentMs = performance.now() - last.at;
  if (silentMs > stuckMs) return void response.destroy();
  if (path === '/livez') return void response.writeHead(200).end('live\n');
  const isReady = last.isReady && silentMs < busyMs;
  const faults = last.faults.map((fault) => `redis: ${fault}\n`);
  response.writeHead(isReady ? 200 : 503).end([isReady ? 'ready\n' : 'not ready\n', ...faults].join(''));
}

async function answerMetrics(response: ServerResponse): Promise<void> {
  const {metrics, error} = await ask(true);
  if (metrics) response.writeHead(200, {'content-type': metrics.type}).end(metrics.text);
  else response.writeHead(500).end(error);
}

async function answerPage(response: ServerResponse, request: PageRequest): Promise<void> {
  const {page, error} = await ask(false, request);
  if (page) response.writeHead(page.status, page.headers).end(page.body);
  else response.writeHead(500).end(error);
}

setInterval(() => {
  // A busy process need not hold more than ten questions at once.
  if (waiting.size < 10) void ask(false);
}, askEveryMs);
server.listen(port, host, () => {
  parentPort!.postMessage({port: (server.address() as AddressInfo).port} satisfies Listening);
});

/**
 * Calls to addresses that others choose: a product's key set, a product's webhook. The one way out for them.
 *
 * The name is resolved once, every address it leads to is checked, and the connection goes to one of those and nowhere
 * else; a name that leads somewhere else a moment later changes nothing. Redirects are not followed, since nobody has
 * checked where they lead.
 */
import {lookup} from 'node:dns/promises';
import {request as requestHttp, type IncomingHttpHeaders, type IncomingMessage} from 'node:http';
import {request as requestHttps} from 'node:https';
import {isIP, type LookupFunction, type Socket} from 'node:net';
import {isPublicAddress, type AllowedNetworks} from './outbound-address.ts';

export type OutboundRequest = {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** From the call to the last byte of the answer. */
  timeoutMs: number;
};
/** Any status, also a redirect; the body is what was sent, at most 64 KiB, never unpacked. */
export type OutboundAnswer = {status: number; headers: IncomingHttpHeaders; body: Buffer};

export type Outbound = {
  /** Rejects with an OutboundError, whatever was wrong. */
  request(address: string, request: OutboundRequest): Promise<OutboundAnswer>;
  /** Rejects with an OutboundError where a request would go nowhere. Nothing is sent. */
  check(address: string, options: {timeoutMs: number}): Promise<void>;
};

export type OutboundReason = 'address' | 'unresolved' | 'unreachable' | 'time-out' | 'too large';

/** A call that got no answer. Its message may be shown to those who chose the address: it names no other. */
export class OutboundError extends Error {
  readonly reason: OutboundReason;

  constructor(reason: OutboundReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export type OutboundOptions = {
  allowed: AllowedNetworks;
  /** All addresses of a name. */
  resolve?: (hostname: string) => Promise<string[]>;
};

export const outboundAnswerBytes = 64 * 1024;
/** The system resolves names in four threads, which files and passwords need, too. */
const resolvedAtOnce = 2;

type Target = {url: URL; addresses: string[]};

export function createOutbound({allowed, resolve = resolveAll}: OutboundOptions): Outbound {
  const inTurn = createTurns(resolvedAtOnce);

  async function targetOf(address: string, signal: AbortSignal): Promise<Target> {
    const url = readAddress(address);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const found = isIP(hostname) ? [hostname] : await inTurn(() => resolveName(hostname), signal);
    const addresses = [...new Set(found)];
    if (addresses.length === 0) throw new OutboundError('unresolved', `${hostname} has no address.`);
    for (const each of addresses) requireAllowed(url, each);
    return {url, addresses};
  }

  async function resolveName(hostname: string): Promise<string[]> {
    try {
      return await resolve(hostname);
    } catch (cause) {
      throw new OutboundError('unresolved', `${hostname} cannot be resolved.`, {cause});
    }
  }

  function requireAllowed({protocol, hostname}: URL, address: string): void {
    if (allowed.has(address)) return;
    if (protocol === 'http:') throw new OutboundError('address', 'The address must begin with https://.');
    if (!isPublicAddress(address))
      throw new OutboundError('address', `${hostname} leads to an address that is not public.`);
  }

  return {
    request: (address, request) =>
      inTime(request.timeoutMs, async (signal) => {
        const target = await orAborted(targetOf(address, signal), signal);
        return send(target, request, signal);
      }),

    check: (address, {timeoutMs}) =>
      inTime(timeoutMs, async (signal) => {
        await orAborted(targetOf(address, signal), signal);
      }),
  };
}

/** Whatever is wrong becomes an OutboundError. */
async function inTime<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await work(signal);
  } catch (error) {
    if (error instanceof OutboundError) throw error;
    if (signal.aborted) throw new OutboundError('time-out', 'There was no answer in time.');
    throw new OutboundError('unreachable', 'The address cannot be reached.', {cause: error});
  }
}

function readAddress(address: string): URL {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new OutboundError('address', 'The address must begin with https://.');
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('address', 'The address must carry no user name or password.');
  return url;
}

async function resolveAll(hostname: string): Promise<string[]> {
  return (await lookup(hostname, {all: true})).map(({address}) => address);
}

async function send(
  {url, addresses}: Target,
  {method = 'GET', headers, body}: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>();
  const call = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method,
    // What unpacks an answer reads more than was sent.
    headers: {...headers, 'accept-encoding': 'identity'},
    lookup: checkedLookup(addresses),
    // No connection is kept, and no proxy of the environment is asked: it would resolve the name again.
    agent: false,
    signal,
  });
  call.once('socket', (socket) => requireChecked(socket, addresses));
  call.once('response', resolve);
  // A switch of protocols is no answer, and raises no error.
  call.once('close', () => reject(new Error('The connection was closed without an answer.')));
  call.on('error', reject);
  call.end(body);
  try {
    const response = await promise;
    return {status: response.statusCode!, headers: response.headers, body: await read(response)};
  } finally {
    call.destroy();
  }
}

/** Gives the connection the addresses that were checked, instead of asking for them again. */
function checkedLookup(addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({address, family: isIP(address)}));
  const [{address, family}] = found as [{address: string; family: number}];
  return (_hostname, options, done) => {
    if (options.all) done(null, found);
    else done(null, address, family);
  };
}

/** Holds whatever the library below makes of the address: nothing is sent to one that was not checked. */
function requireChecked(socket: Socket, addresses: string[]): void {
  socket.once('connect', () => {
    if (socket.remoteAddress === undefined || addresses.includes(socket.remoteAddress)) return;
    socket.destroy(new OutboundError('address', 'The connection went to another address.'));
  });
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > outboundAnswerBytes)
      throw new OutboundError('too large', `The answer has more than ${outboundAnswerBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Runs so many at once; what waits longer than its signal allows does not begin. */
function createTurns(running: number) {
  let free = running;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** A name that is being resolved cannot be given up, so nobody waits for it any longer. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const {promise, reject} = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
  return Promise.race([work, promise]);
}

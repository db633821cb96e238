/**
 * Calls addresses that other people choose, such as a product's key set or webhook. All such calls go through this file.
 *
 * The name is resolved once, every address of it is checked, and the connection goes to one of those only. A name that
 * resolves to something else a moment later changes nothing. Redirects are not followed, because nobody has checked their
 * target.
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
  /** The time limit from the call to the last byte of the answer. */
  timeoutMs: number;
};
/** The answer may have any status, including a redirect. The body is as sent, at most 64 KiB, and never decompressed. */
export type OutboundAnswer = {status: number; headers: IncomingHttpHeaders; body: Buffer};

export type Outbound = {
  /** Rejects with an OutboundError, whatever the cause. */
  request(address: string, request: OutboundRequest): Promise<OutboundAnswer>;
  /** Rejects with an OutboundError if no request could be sent. It sends nothing. */
  check(address: string, options: {timeoutMs: number}): Promise<void>;
};

export type OutboundReason = 'address' | 'unresolved' | 'unreachable' | 'time-out' | 'too large';

/**
 * A call that got no answer. Its message may be shown to the person who chose the address, because it names no other one.
 */
export class OutboundError extends Error {
  readonly reason: OutboundReason;

  constructor(reason: OutboundReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export type OutboundOptions = {
  allowed: AllowedNetworks;
  /** Returns all addresses of a name. */
  resolve?: (hostname: string) => Promise<string[]>;
};

export const outboundAnswerBytes = 64 * 1024;
/** The most names resolved at once. The system uses four threads for this, which files and passwords also need. */
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

/** Turns any failure into an OutboundError. */
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
    // Code that decompresses an answer reads more bytes than were sent.
    headers: {...headers, 'accept-encoding': 'identity'},
    lookup: checkedLookup(addresses),
    // The connection is not kept, and no proxy from the environment is used, because it would resolve the name again.
    agent: false,
    signal,
  });
  call.once('socket', (socket) => requireChecked(socket, addresses));
  call.once('response', resolve);
  // A protocol switch is no answer, and causes no error.
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

/** Gives the connection the checked addresses, so that it does not resolve the name again. */
function checkedLookup(addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({address, family: isIP(address)}));
  const [{address, family}] = found as [{address: string; family: number}];
  return (_hostname, options, done) => {
    if (options.all) done(null, found);
    else done(null, address, family);
  };
}

/** Guards against any reading of the address by the library below: nothing is sent to an unchecked address. */
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

/** Runs this many at once. Work that waits longer than its signal allows does not begin. */
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

/** A name lookup cannot be cancelled, so its result is ignored once the signal aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const {promise, reject} = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
  return Promise.race([work, promise]);
}

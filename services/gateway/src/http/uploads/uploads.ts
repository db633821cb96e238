/** Reads the only file of a multipart body into memory, within bounds shared by all uploads of a node. */
import {Busboy, type BusboyHeaders} from '@fastify/busboy';
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {Request} from 'express';
import type {Upload} from '../../files/transfer.ts';
import {UploadRoom, type Share} from './upload-room.ts';

const allBytes = 4 * limits.uploadBytes;
/** The boundaries and headers of the part. */
const envelopeBytes = 16 * 1024;
/** For the headers of the file's part. Longer ones are cut, as the file name would be. */
const headerBytes = 4 * 1024;
/** As many as one message can carry may wait for the previous one; their bodies stay with their senders. */
const waitingPerUser = 10;
/** Leaves enough of the upload's patience for the conversion (image-limits.ts). */
const waitMs = 20_000;
/** A body has stalled if it brings less than this in that time; a slow line brings it in a tenth of a second. */
const stall = {bytes: 1024, perMs: 15_000};

const brokeOff = 'The upload broke off.';

type Taken = {share?: Share | undefined; leave?: (() => void) | undefined};

/**
 * Gives each request its upload. `discard` reads the rest of the body, since many clients read no answer until they
 * have sent everything; `end` frees the memory.
 */
export function createUploads() {
  const room = new UploadRoom(allBytes);
  /** For each user with an upload under way: the uploads that wait for it. */
  const queues = new Map<string, (() => void)[]>();

  /** Waits until the user's earlier uploads are done. Call the resolved function to start the next one. */
  async function turnOf(userId: string): Promise<() => void> {
    const queue = queues.get(userId);
    if (queue === undefined) queues.set(userId, []);
    else await waitIn(queue);
    return () => {
      const next = queues.get(userId)?.shift();
      if (next) next();
      else queues.delete(userId);
    };
  }

  return {
    /** `asUser`: the user as whom a service uploads, who has a separate queue. */
    begin(req: Request, asUser?: string): Upload & {discard(): Promise<void>; end(): void} {
      const taken: Taken = {};
      return {
        async read() {
          if (!req.is('multipart/form-data')) {
            throw new ChatError('unsupported', {message: 'Send the image as multipart/form-data.'});
          }
          if (Number(req.headers['content-length'] ?? 0) > limits.uploadBytes + envelopeBytes) {
            throw new ChatError('too_large');
          }
          const parser = parserOf(req);
          const askedAt = performance.now();
          taken.leave = await turnOf(asUser ?? req.userId!);
          const waitedMs = performance.now() - askedAt;
          // The body's events have already fired, so nothing else would settle this.
          if (req.destroyed) throw new ChatError('invalid', {message: brokeOff});
          const file = await readFile(req, parser, (giveWay) => (taken.share = room.enter(giveWay)));
          return {...file, waitedMs};
        },
        discard: () => discard(req),
        end() {
          taken.share?.free();
          taken.leave?.();
        },
      };
    },
  };
}

function waitIn(queue: (() => void)[]): Promise<void> {
  const busy = new ChatError('overloaded', {
    message: 'Your earlier uploads are not done yet; try again shortly.',
    retryAfterMs: 2_000,
  });
  if (queue.length >= waitingPerUser) return Promise.reject(busy);
  return new Promise((resolve, reject) => {
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(go), 1);
      reject(busy);
    }, waitMs);
    queue.push(go);
  });
}

/** Stops reading a body that is far too large, or stalls: its sender may find the connection closed. */
async function discard(req: Request): Promise<void> {
  if (req.complete || req.destroyed || Number(req.headers['content-length'] ?? 0) > allBytes) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stop();
      resolve();
    };
    const stop = watchBody(req, {onStall: done, onTooMuch: done, maxBytes: allBytes});
    req.once('end', done).once('close', done);
    req.resume();
  });
}

type Watch = {maxBytes: number; onBytes?(bytes: number): void; onStall(): void; onTooMuch(): void};

/** Reports the progress of a body until the returned function is called. */
function watchBody(req: Request, {maxBytes, onBytes, onStall, onTooMuch}: Watch): () => void {
  let [all, recent] = [0, 0];
  const timer = setInterval(() => {
    if (recent < stall.bytes) onStall();
    recent = 0;
  }, stall.perMs);
  const onData = ({length}: Buffer) => {
    all += length;
    recent += length;
    if (all > maxBytes) onTooMuch();
    else onBytes?.(length);
  };
  req.on('data', onData);
  return () => {
    clearInterval(timer);
    req.off('data', onData);
  };
}

function parserOf(req: Request) {
  try {
    return new Busboy({
      headers: req.headers as BusboyHeaders,
      limits: {
        files: 1,
        fields: 0,
        parts: 1,
        fileSize: limits.uploadBytes,
        headerPairs: 20,
        headerSize: headerBytes,
      },
    });
  } catch (cause) {
    // The boundary between the parts is missing.
    throw new ChatError('invalid', {message: 'The body cannot be read.', cause});
  }
}

function readFile(
  req: Request,
  parser: ReturnType<typeof parserOf>,
  enter: (giveWay: (error: ChatError) => void) => Share,
): Promise<{name: string; bytes: Buffer}> {
  return new Promise((resolve, reject) => {
    let found: {name: string; chunks: Buffer[]} | undefined;
    const refuse = (error: ChatError) => {
      stop();
      share.free();
      req.unpipe(parser);
      found = undefined;
      // The rest of the body is not read, and the answer is sent.
      req.resume();
      reject(error);
    };
    const invalid = (message: string) => refuse(new ChatError('invalid', {message}));
    const share = enter(refuse);
    const stop = watchBody(req, {
      maxBytes: limits.uploadBytes + envelopeBytes,
      onBytes(bytes) {
        try {
          share.take(bytes);
        } catch (error) {
          refuse(error as ChatError);
        }
      },
      onStall: () => invalid('The upload stalled; send it again.'),
      onTooMuch: () => refuse(new ChatError('too_large')),
    });
    parser.on('file', (field, stream, name) => {
      if (field !== 'file') invalid('The field of the image is `file`.');
      found = {name: name ?? '', chunks: []};
      stream.on('data', (chunk: Buffer) => found?.chunks.push(chunk));
      stream.on('limit', () => refuse(new ChatError('too_large')));
      stream.on('error', () => invalid('The body cannot be read.'));
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      parser.on(limit, () => invalid('Send one file and nothing else.'));
    }
    parser.on('error', () => invalid('The body cannot be read.'));
    parser.on('finish', () => {
      stop();
      share.settle();
      if (!found) return invalid('There is no file in the body.');
      resolve({name: found.name, bytes: Buffer.concat(found.chunks)});
    });
    req.once('close', () => {
      if (!req.complete) invalid(brokeOff);
    });
    req.pipe(parser);
  });
}

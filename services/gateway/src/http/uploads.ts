/** Reads the one file of a multipart body into memory, within bounds that hold for all uploads of a node together. */
import {finished} from 'node:stream/promises';
import {Busboy, type BusboyHeaders} from '@fastify/busboy';
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {Request} from 'express';
import type {Upload} from '../context.ts';

const allBytes = 4 * limits.uploadBytes;
/** Boundaries and headers of the part. */
const envelopeBytes = 16 * 1024;
const withinMs = 60_000;

/**
 * Gives each request its upload. `discard` takes what is left of the body, since many clients read no answer before they
 * have sent all; `end` frees what was reserved.
 */
export function createUploads() {
  let reserved = 0;

  return {
    begin(req: Request): Upload & {discard(): Promise<void>; end(): void} {
      let mine = 0;
      return {
        read() {
          if (!req.is('multipart/form-data')) {
            throw new ChatError('unsupported', {message: 'Send the image as multipart/form-data.'});
          }
          const given = req.headers['content-length'];
          const bytes = given === undefined ? limits.uploadBytes : Number(given);
          if (bytes > limits.uploadBytes + envelopeBytes) throw new ChatError('too_large');
          if (reserved + bytes > allBytes) throw new ChatError('overloaded', {retryAfterMs: 1_000});
          mine = bytes;
          reserved += mine;
          return readFile(req, parserOf(req));
        },
        discard: () => discard(req),
        end() {
          reserved -= mine;
          mine = 0;
        },
      };
    },
  };
}

/** Of a body that is far too large nothing more is taken: its sender may find the connection closed. */
async function discard(req: Request): Promise<void> {
  if (req.complete || Number(req.headers['content-length'] ?? 0) > allBytes) return;
  req.resume();
  const signal = AbortSignal.timeout(withinMs);
  await finished(req, {signal, cleanup: true}).catch(() => undefined);
}

function parserOf(req: Request) {
  try {
    return new Busboy({
      headers: req.headers as BusboyHeaders,
      limits: {files: 1, fields: 0, parts: 1, fileSize: limits.uploadBytes, headerPairs: 20},
    });
  } catch (cause) {
    // There is no boundary between the parts.
    throw new ChatError('invalid', {message: 'The body cannot be read.', cause});
  }
}

function readFile(req: Request, parser: ReturnType<typeof parserOf>): Promise<{name: string; bytes: Buffer}> {
  return new Promise((resolve, reject) => {
    const refuse = (error: ChatError) => {
      clearTimeout(timer);
      req.unpipe(parser);
      // What else comes is read by nobody, and the answer can go out.
      req.resume();
      reject(error);
    };
    const invalid = (message: string) => refuse(new ChatError('invalid', {message}));
    const timer = setTimeout(() => refuse(new ChatError('overloaded', {retryAfterMs: 1_000})), withinMs);
    let found: {name: string; chunks: Buffer[]} | undefined;
    parser.on('file', (field, stream, name) => {
      if (field !== 'file') invalid('The field of the image is `file`.');
      found = {name: name ?? '', chunks: []};
      const {chunks} = found;
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => refuse(new ChatError('too_large')));
      stream.on('error', () => invalid('The body cannot be read.'));
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      parser.on(limit, () => invalid('Send one file and nothing else.'));
    }
    parser.on('error', () => invalid('The body cannot be read.'));
    parser.on('finish', () => {
      clearTimeout(timer);
      if (!found) return invalid('There is no file in the body.');
      resolve({name: found.name, bytes: Buffer.concat(found.chunks)});
    });
    req.once('close', () => {
      if (!req.complete) invalid('The upload broke off.');
    });
    req.pipe(parser);
  });
}

import {pino} from 'pino';
import type {Logger} from 'pino';

export type {Logger} from 'pino';

/** Whatever identifies a person's sign-in, or is what people wrote, stays out of the log. */
const secret = [
  'cookie',
  'set-cookie',
  'authorization',
  'token',
  'ticket',
  'password',
  'secret',
  'sessionId',
  'text',
];

const censored = ['', '*.', '*.*.', '*.*.*.'].flatMap((depth) => secret.map((key) => pathTo(depth, key)));

function pathTo(depth: string, key: string): string {
  if (!key.includes('-')) return `${depth}${key}`;
  return `${depth.replace(/\.$/, '')}["${key}"]`;
}

/**
 * Logs JSON lines to stdout, with secrets and texts censored down to three levels deep.
 *
 * Writing is synchronous, so that the line that explains a process's end is out before it ends.
 */
export function createLogger({name, level, base = {}}: LoggerOptions): Logger {
  return pino(
    {
      name,
      level,
      base,
      redact: {paths: censored, censor: '[redacted]'},
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {level: (label) => ({level: label})},
    },
    pino.destination({fd: 1, sync: true}),
  );
}

export type LoggerOptions = {
  name: string;
  level: string;
  /** On every line, for example the node's id. */
  base?: Record<string, unknown>;
};

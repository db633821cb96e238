import {pino} from 'pino';
import type {DestinationStream, Logger} from 'pino';
import {redact, redactFields} from './redaction.ts';

export type {Logger} from 'pino';

/**
 * Logs JSON lines to stdout, at every level without secrets and texts: see redaction.ts.
 *
 * Writing is synchronous, so that the line that explains a process's end is out before it ends.
 */
export function createLogger({name, level, base = {}}: LoggerOptions): Logger {
  return pino(
    {
      name,
      level,
      base,
      serializers: {err: redactFields},
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({level: label}),
        log: (fields) => redactFields(fields) as Record<string, unknown>,
        bindings: (fields) => redactFields(fields) as Record<string, unknown>,
      },
    },
    redacting(pino.destination({fd: 1, sync: true})),
  );
}

/** The last look at a line: what is in its message, or in a text of an error. */
function redacting(destination: DestinationStream): DestinationStream {
  return {write: (line) => destination.write(redact(line))};
}

export type LoggerOptions = {
  name: string;
  level: string;
  /** On every line, for example the node's id. */
  base?: Record<string, unknown>;
};

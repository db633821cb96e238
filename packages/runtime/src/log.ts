import {pino} from 'pino';
import type {DestinationStream, Logger} from 'pino';
import {redact, redactFields} from './redaction.ts';

export type {Logger} from 'pino';

/**
 * Logs JSON lines to stdout. At every level they are free of secrets and message texts: see redaction.ts.
 *
 * Writing is synchronous, so that the line that explains why a process ends is written before it ends.
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

/** Redacts the finished line, which covers its message and the texts of errors. */
function redacting(destination: DestinationStream): DestinationStream {
  return {write: (line) => destination.write(redact(line))};
}

export type LoggerOptions = {
  name: string;
  level: string;
  /** Fields on every line, for example the node's id. */
  base?: Record<string, unknown>;
};

/** The desk's environment: one schema, read once, before anything connects. */
import {databaseUrl, logLevel, parseEnv, port} from '@madang/runtime/env';
import {z} from 'zod';

export const schema = z.object({
  DATABASE_URL: databaseUrl(),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  PORT: port(8090).describe('Port of the pages.'),
  LOG_LEVEL: logLevel(),
  MADANG_URL: z.url().describe('The cluster, as the desk and its pages reach it.'),
  MADANG_KEY: z.string().startsWith('mdk_').describe("The desk's service key."),
  DESK_SECRET: z.string().min(32).describe('Signs the cookies of the pages.'),
});

/** Of keep-key.ts, which makes the key of a desk on one's own machine. */
const keySchema = z.object({
  DATABASE_URL: databaseUrl().describe('Of a role that may make others.'),
  DESK_DATABASE_URL: databaseUrl().optional().describe("The desk's own role, to be made."),
  KEY_FILE: z.string().min(1).describe('Holds the key.'),
});

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  return parseEnv(schema, process.env, process.argv);
}

export function readKeyConfig(): Readonly<z.output<typeof keySchema>> {
  return parseEnv(keySchema, process.env);
}

/** The desk's environment: one schema, which is read once, before anything connects. */
import {readFileSync} from 'node:fs';
import {z} from 'zod';

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address')
    .describe('A database of its own.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8090).describe('Port of the pages.'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUST_PROXY: z
    .string()
    .default('0')
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
    .describe('How many proxies are in front, or their addresses and networks: `10.0.0.0/8, loopback`.'),
  MADANG_URL: z.url().describe('The cluster, as the desk and its pages reach it.'),
  MADANG_KEY: z
    .string()
    .startsWith('mdk_')
    .describe("The desk's service key; MADANG_KEY_FILE names a file with it."),
  DESK_SECRET: z.string().min(32).describe('Signs the cookies of the pages.'),
});

export type Config = z.output<typeof schema>;

/** Throws an error that names every fault. */
export function readConfig(): Config {
  const env = process.env;
  const {MADANG_KEY_FILE: file} = env;
  const key = file ? {MADANG_KEY: readFileSync(file, 'utf8').trim()} : {};
  // An empty value counts as unset.
  const values = Object.fromEntries(Object.entries({...env, ...key}).filter(([, value]) => value !== ''));
  const {data, error} = schema.safeParse(values);
  if (error) throw new Error(`configuration:\n${z.prettifyError(error)}`);
  return data;
}

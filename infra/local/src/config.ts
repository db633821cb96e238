import {isReadableUrl} from '@madang/runtime/address-encoding';
import {Fatal} from '@madang/processes/fatal';

export interface Config {
  /** The number of gateways. */
  nodes: number;
  /** The port of the balancer on 127.0.0.1. */
  port: number;
  /** Used instead of our own Postgres. */
  databaseUrl: string | undefined;
  /** The role that owns the schema there, and the role of `npx madang`. The default is the one above. */
  migrationDatabaseUrl: string | undefined;
  adminDatabaseUrl: string | undefined;
  /** Used instead of our own Redis. */
  redisUrl: string | undefined;
  /** All other variables reach the gateways and the worker: LOG_LEVEL, SEND_DEADLINE_MS, … */
  passedOn: NodeJS.ProcessEnv;
}

// Each gateway keeps a dozen connections to Postgres.
const MAX_NODES = 20;

/** Reads the environment of `npm start`. No variable is required. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const {NODES, PORT, DATABASE_URL, MIGRATION_DATABASE_URL, ADMIN_DATABASE_URL, REDIS_URL, ...others} = env;
  // Only the installation of programs reads this.
  const {MADANG_INSTALL: _, ...rest} = others;
  const postgres = ['postgres://', 'postgresql://'];
  // A cluster that serves only this machine may have throw-away secrets and the switches for tests.
  const passedOn = {...rest, MADANG_ENV: rest.MADANG_ENV || 'development'};
  return {
    nodes: wholeNumber('NODES', NODES, {byDefault: 3, min: 1, max: MAX_NODES}),
    port: wholeNumber('PORT', PORT, {byDefault: 8080, min: 1, max: 65_535}),
    databaseUrl: address('DATABASE_URL', DATABASE_URL, postgres),
    migrationDatabaseUrl: address('MIGRATION_DATABASE_URL', MIGRATION_DATABASE_URL, postgres),
    adminDatabaseUrl: address('ADMIN_DATABASE_URL', ADMIN_DATABASE_URL, postgres),
    redisUrl: address('REDIS_URL', REDIS_URL, ['redis://', 'rediss://']),
    passedOn,
  };
}

function wholeNumber(
  name: string,
  text: string | undefined,
  {byDefault, min, max}: {byDefault: number; min: number; max: number},
): number {
  if (!text) return byDefault;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Fatal(`${name} must be a whole number from ${min} to ${max}`);
}

function address(name: string, text: string | undefined, prefixes: string[]): string | undefined {
  if (!text) return undefined;
  if (isReadableUrl(text) && prefixes.some((prefix) => text.startsWith(prefix))) return text;
  // The text may hold a password, so it is not repeated.
  throw new Fatal(
    `${name} must be a ${prefixes[0]} address, with # / ? @ % in its password as %23 %2F %3F %40 %25`,
  );
}

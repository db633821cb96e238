import {randomBytes} from 'node:crypto';
import {schema as gatewaySchema} from '@madang/gateway/config';
import {createGateway} from '@madang/gateway/gateway';
import {Fatal} from '@madang/processes/fatal';
import {findFreePort} from '@madang/processes/free-port';
import {readEnv, type Environment} from '@madang/runtime/env';
import {createLogger} from '@madang/runtime/log';
import {schema as workerSchema} from '@madang/worker/config';
import {createWorker} from '@madang/worker/worker';
import type {z} from 'zod';
import packageJson from '../package.json' with {type: 'json'};

export type ServicesOptions = {
  port: number;
  databaseUrl: string;
  redisUrl: string;
  redisPrefix: string;
  origins: string[];
  logLevel: string;
};

/** Tests do not wait for clients that are slow to disconnect. */
const drainMs = 1_000;

/** Starts a gateway and a worker in this process. */
export async function startServices(options: ServicesOptions): Promise<{url: string; stop(): Promise<void>}> {
  const env = await environmentOf(options);
  const level = options.logLevel;
  const gateway = await createGateway(
    configFrom(gatewaySchema, env),
    packageJson.version,
    createLogger({name: 'gateway', level}),
  );
  const ofWorker = {...env, METRICS_PORT: String(await findFreePort())};
  const worker = await createWorker(
    configFrom(workerSchema, ofWorker),
    createLogger({name: 'worker', level}),
  );
  return {
    url: gateway.url,
    async stop() {
      await gateway.stop();
      await worker.stop();
    },
  };
}

async function environmentOf(options: ServicesOptions): Promise<Environment> {
  const secret = () => randomBytes(32).toString('hex');
  return {
    PORT: String(options.port),
    METRICS_PORT: String(await findFreePort()),
    NODE_NAME: 'gateway-dev',
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    REDIS_PREFIX: options.redisPrefix,
    SESSION_SECRET: secret(),
    SESSION_ID_FORMAT: '2',
    WEBHOOK_SECRET: secret(),
    // Receivers of webhooks and issuers' keys are on the same machine.
    OUTBOUND_ALLOW: '127.0.0.0/8,::1',
    ALLOWED_ORIGINS: options.origins.join(','),
    DRAIN_MS: String(drainMs),
    MIGRATE: 'false',
  };
}

function configFrom<S extends z.ZodObject>(schema: S, env: Environment): Readonly<z.output<S>> {
  const read = readEnv(schema, env);
  if ('config' in read) return read.config;
  throw new Fatal(read.faults.join('\n'));
}

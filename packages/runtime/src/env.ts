import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {decoded} from './address-encoding.ts';
import {asksToConnect} from './check-connections.ts';
import {compileAllowed, type AllowedNetworks} from './outbound-address.ts';
import {readPostgresAddress} from './postgres-address.ts';
import {hideSecret} from './redaction.ts';

export type Environment = Record<string, string | undefined>;

/**
 * Reads a process's configuration from its environment; the schema's keys are the variables' names.
 *
 * Each fault is printed on its own line, and the process exits with 1 before it connects anywhere, so an operator can
 * correct all faults at once. A secret may come from a file: `SESSION_SECRET_FILE=/run/secrets/session`. With the argument
 * `--check-config` the process reports that the configuration is valid, and exits with 0 instead of starting; with
 * `--connect` beside it the caller then tries the stores (check-connections.ts).
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  env: Environment,
  args: readonly string[] = [],
): Readonly<z.output<S>> {
  const read = readEnv(schema, env);
  if ('config' in read) {
    if (!args.includes('--check-config') || asksToConnect(args)) return read.config;
    process.stdout.write('configuration: no faults\n');
    process.exit(0);
  }
  for (const fault of read.faults) process.stderr.write(`configuration: ${fault}\n`);
  process.exit(1);
}

/** Does what `parseEnv` does, without printing and exiting. */
export function readEnv<S extends z.ZodObject>(
  schema: S,
  env: Environment,
): {config: Readonly<z.output<S>>} | {faults: string[]} {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    try {
      const value = readVariable(name, env);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      faults.push((error as Error).message);
    }
  }

  for (const [name, value] of Object.entries(values)) hideSecretsOf(name, value);
  if (values.MADANG_ENV !== 'development') faults.push(...findThrowAway(values));

  const parsed = schema.safeParse(values);
  if (parsed.success && faults.length === 0) return {config: Object.freeze(parsed.data)};
  const fromFiles = new Set(faults.map((fault) => fault.split(/_FILE\b/)[0]));
  for (const issue of parsed.error?.issues ?? []) {
    const [name] = issue.path.map(String);
    if (name === undefined) faults.push(issue.message);
    else if (!fromFiles.has(name))
      faults.push(name in values ? `${name}: ${issue.message}` : `${name} is required`);
  }
  return {faults};
}

/** An empty value counts as unset, because compose files and charts pass every variable they know. */
function readVariable(name: string, env: Environment): string | undefined {
  const value = env[name] || undefined;
  const file = env[`${name}_FILE`] || undefined;
  if (file === undefined) return value;
  if (value !== undefined) throw new Error(`${name}_FILE and ${name} are both set; keep one`);
  try {
    // Editors and `echo` end a file with a newline, which no secret contains.
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    // The message omits the path, because someone may have put the secret itself there.
    throw new Error(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Redacts these values from everything that this process logs from now on. */
function hideSecretsOf(name: string, value: string): void {
  if (/(SECRET|PASSWORD|KEY|TOKEN)$/.test(name))
    for (const part of [value, ...value.split(',')]) hideSecret(part.trim());
  const password = /^[a-z+]+:\/\/[^:@]*:(.*)@/s.exec(value)?.[1];
  if (!password) return;
  hideSecret(password);
  if (URL.canParse(`x://:${password}@x`)) hideSecret(decoded(password) ?? password);
}

/** Secrets in a repository contain this word, so that no process on a network accepts one of them. */
function findThrowAway(values: Record<string, string>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value.includes('throw-away'))
    .map(([name]) => `${name} holds a throw-away secret, which only MADANG_ENV=development allows`);
}

export function environment() {
  return z
    .enum(['production', 'development'])
    .default('production')
    .describe('`development` allows the throw-away secrets of docker-compose.yml.');
}

export function databaseUrl() {
  return z
    .string()
    .superRefine((url, {addIssue}) => {
      const message = faultOf(url);
      if (message !== undefined) addIssue({code: 'custom', message});
    })
    .describe(
      'Postgres 15 to 18: `postgres://user:password@host:5432/database`. Of several, `host1:5432,host2:5432`, the one that accepts ' +
        'writes is used. Behind `?`: `sslmode` (disable, require, verify-ca, verify-full), `sslrootcert`, `sslcert` and `sslkey` ' +
        '(files), `target_session_attrs=read-write`, `host` (the folder of a socket) and `port`.',
    );
}

function faultOf(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must be a postgres:// URL';
  try {
    readPostgresAddress(url);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export function logLevel() {
  return z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe lines that are written.');
}

export function auditRetentionDays() {
  return z.coerce
    .number({error: 'must be a number of days'})
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe('How long lines of the audit log are kept: 365 days until it was set, then as set last.');
}

/** Parses `a, b` as ['a', 'b']; unset is the empty list. */
export function commaList(byDefault = '') {
  return z
    .string()
    .default(byDefault)
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    );
}

/** The targets to which calls may go besides https and public addresses. */
export function outboundAllow() {
  return commaList()
    .transform((list, {issues}): AllowedNetworks => {
      try {
        return compileAllowed(list);
      } catch (error) {
        issues.push({code: 'custom', message: (error as Error).message, input: list});
        return z.NEVER;
      }
    })
    .meta({
      description:
        'Networks and addresses, comma-separated, that calls to key sets and webhooks of products may reach although they are ' +
        'not public, over http, too: `10.1.0.0/16`. Without it such calls reach public addresses over https alone.',
      byDefault: '',
    });
}

/** For gateways and workers: the key from which the secrets of webhooks are derived. */
export function webhookSecretSource() {
  return z
    .string()
    .min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32')
    .optional()
    .describe(
      'What the secrets of webhooks are derived from: the same for gateways and workers, and never changed. There are no webhooks without it.',
    );
}

export function flag(byDefault: boolean) {
  return z.stringbool({error: 'must be true or false'}).default(byDefault);
}

/** A TCP port; 0 means any free one. */
export function port(byDefault: number) {
  return wholeNumber('must be a port', 65_535).default(byDefault);
}

export function milliseconds(byDefault: number) {
  return wholeNumber('must be milliseconds, a whole number', 2 ** 31 - 1).default(byDefault);
}

function wholeNumber(error: string, max: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, {error})
    .transform(Number)
    .pipe(z.number().max(max, {error}));
}

/** The variables that say how a process reaches Postgres, and how they must relate to each other. */
import {z} from 'zod';
import {databaseUrl} from './env.ts';
import {createPassword} from './password-file.ts';
import {readPostgresAddress} from './postgres-address.ts';

/** The variables, for the schemas of the processes. */
export const postgresVariables = {
  DATABASE_URL: databaseUrl(),
  DATABASE_PASSWORD: z
    .string()
    .optional()
    .describe('The password, unless `DATABASE_URL` holds it; any characters. In a .env file write $ as $$.'),
  DATABASE_PASSWORD_FILE: z
    .string()
    .optional()
    .describe('A file with it, which is read for each new connection: a rotation needs no restart.'),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z\d_]{0,62}$/, {error: 'must be a name of lower-case letters, digits and _'})
    .optional()
    .describe(
      'The schema of all tables; otherwise the first one of the search_path, which is `public` by default.',
    ),
};

/** For the processes that belong to gateways. */
export const poolerVariables = {
  DATABASE_POOLER: z
    .enum(['session', 'transaction'], {error: 'must be session or transaction'})
    .optional()
    .describe(
      'The mode of PgBouncer, or of another pooler, at `DATABASE_URL`. With `transaction` the role must have the settings that ' +
        'the migrations give it.',
    ),
  DATABASE_DIRECT_URL: databaseUrl()
    .optional()
    .describe(
      'Postgres without the pooler, for the pulse and for images; the same role. Required with `DATABASE_POOLER=transaction`.',
    ),
};

export type PostgresConfig = {
  DATABASE_URL: string;
  DATABASE_PASSWORD?: string | undefined;
  DATABASE_PASSWORD_FILE?: string | undefined;
  DATABASE_SCHEMA?: string | undefined;
  DATABASE_POOLER?: 'session' | 'transaction' | undefined;
  DATABASE_DIRECT_URL?: string | undefined;
};

/** Where Postgres is, for createDatabase. */
export type PostgresPlace = {
  url: string;
  /** Asked for each connection, unless the address holds one. */
  password?: (() => string | undefined) | undefined;
  schema?: string | undefined;
  /** Set if the address leads to a pooler. */
  pooler?: 'session' | 'transaction' | undefined;
  /** The same database without the pooler. */
  directUrl?: string | undefined;
};

export function postgresOf(config: PostgresConfig): PostgresPlace {
  const {DATABASE_URL: url, DATABASE_PASSWORD: password, DATABASE_PASSWORD_FILE: file} = config;
  const {DATABASE_SCHEMA: schema, DATABASE_POOLER: pooler, DATABASE_DIRECT_URL: directUrl} = config;
  return {url, password: createPassword(password, file), schema, pooler, directUrl};
}

/** The same database without the pooler, if there is one. */
export function withoutPooler({url, directUrl, pooler, password, schema}: PostgresPlace): PostgresPlace {
  return directUrl === undefined ? {url, password, schema, pooler} : {url: directUrl, password, schema};
}

const relations: {holds: (given: Partial<PostgresConfig>) => boolean; otherwise: string}[] = [
  {
    holds: ({DATABASE_URL: url, DATABASE_PASSWORD: password}) => !password || !url || !passwordOf(url),
    otherwise: 'DATABASE_PASSWORD: DATABASE_URL holds a password as well; keep one',
  },
  {
    holds: ({DATABASE_POOLER: pooler, DATABASE_DIRECT_URL: url}) => pooler !== 'transaction' || Boolean(url),
    otherwise: 'DATABASE_DIRECT_URL is required with DATABASE_POOLER=transaction',
  },
  {
    holds: ({DATABASE_POOLER: pooler, DATABASE_DIRECT_URL: url}) => !url || Boolean(pooler),
    otherwise: 'DATABASE_DIRECT_URL: needs DATABASE_POOLER, which says how DATABASE_URL is pooled',
  },
];

/** Adds to a schema with these variables how they must relate to each other. */
export function checkPostgres<S extends z.ZodObject>(schema: S): S {
  return relations.reduce<S>(
    (checked, {holds, otherwise}) =>
      checked.refine((given) => holds(given as Partial<PostgresConfig>), {
        error: otherwise,
        when: () => true,
      }) as S,
    schema,
  );
}

function passwordOf(url: string): string | undefined {
  try {
    return readPostgresAddress(url).password;
  } catch {
    return undefined;
  }
}

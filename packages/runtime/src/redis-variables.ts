/** The variables that say which Redis a process uses, and how they must relate to each other. */
import {X509Certificate} from 'node:crypto';
import {z} from 'zod';
import {badlyEncoded, isReadableUrl} from './address-encoding.ts';
import {commaList, flag} from './env.ts';

export type Address = {host: string; port: number};

/** The variables, for the schemas of the processes. */
export const redisVariables = {
  REDIS_URL: serverUrl()
    .optional()
    .describe(
      'Redis 7.0 or newer: `redis://user:password@host:6379/0`, `rediss://` with TLS. Its name may move to another server.',
    ),
  REDIS_SENTINELS: addresses().describe(
    'Sentinels that know the primary, in place of `REDIS_URL`: `host:26379,host:26379`.',
  ),
  REDIS_SENTINEL_NAME: z.string().optional().describe('The name under which they watch it: `mymaster`.'),
  REDIS_SENTINEL_USERNAME: z
    .string()
    .optional()
    .describe('The ACL user of the Sentinels, if they ask for one.'),
  REDIS_SENTINEL_PASSWORD: z.string().optional().describe('Its password; any characters.'),
  REDIS_SENTINEL_PASSWORD_FILE: z
    .string()
    .optional()
    .describe('A file with it, which is read again every second, as `REDIS_PASSWORD_FILE` is.'),
  REDIS_CLUSTER_NODES: addresses().describe(
    'Some nodes of a Redis Cluster, in place of `REDIS_URL`: `host:6379,host:6379`. They name the others.',
  ),
  REDIS_USERNAME: z.string().optional().describe('The ACL user, unless `REDIS_URL` names it.'),
  REDIS_PASSWORD: z
    .string()
    .optional()
    .describe('The password, unless `REDIS_URL` holds it; any characters. In a .env file write $ as $$.'),
  REDIS_PASSWORD_FILE: z
    .string()
    .optional()
    .describe('A file with it, which is read again every second: a rotation needs no restart.'),
  REDIS_TLS: flag(false).describe('TLS to all of them; `rediss://` in `REDIS_URL` means the same.'),
  REDIS_TLS_CA: certificate().describe('The certificate of a private authority, as PEM.'),
  REDIS_TLS_CERT: certificate().describe(
    'The certificate that this process shows, as PEM, if Redis asks for one.',
  ),
  REDIS_TLS_KEY: z.string().optional().describe('The key of that certificate, as PEM.'),
  REDIS_TLS_SERVERNAME: z
    .string()
    .optional()
    .describe('The name in the certificates of servers that are known by their addresses.'),
};

export type RedisConfig = z.output<z.ZodObject<typeof redisVariables>>;
type Given = Partial<Omit<RedisConfig, 'REDIS_SENTINELS' | 'REDIS_CLUSTER_NODES'>> & {
  REDIS_SENTINELS?: unknown;
  REDIS_CLUSTER_NODES?: unknown;
};

const isGiven = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
const countKinds = ({REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER_NODES}: Given) =>
  [REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER_NODES].filter(isGiven).length;

/** The variable that says where Redis is. */
export function redisVariableOf(given: Given): string {
  if (isGiven(given.REDIS_URL)) return 'REDIS_URL';
  return isGiven(given.REDIS_SENTINELS) ? 'REDIS_SENTINELS' : 'REDIS_CLUSTER_NODES';
}

const relations: {holds: (given: Given) => boolean; otherwise: string}[] = [
  {
    holds: (given) => countKinds(given) > 0,
    otherwise: 'REDIS_URL is required, or REDIS_SENTINELS, or REDIS_CLUSTER_NODES',
  },
  {
    holds: (given) => countKinds(given) < 2,
    otherwise: 'REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES name different kinds of Redis; keep one',
  },
  {
    holds: (given) => isGiven(given.REDIS_SENTINELS) === isGiven(given.REDIS_SENTINEL_NAME),
    otherwise: 'REDIS_SENTINELS and REDIS_SENTINEL_NAME: set both, or neither',
  },
  {
    holds: (given) =>
      isGiven(given.REDIS_SENTINELS) ||
      !(isGiven(given.REDIS_SENTINEL_USERNAME) || isGiven(given.REDIS_SENTINEL_PASSWORD)),
    otherwise: 'REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD: there are no REDIS_SENTINELS',
  },
  {
    holds: ({REDIS_URL: url, REDIS_PASSWORD: password}) =>
      !password || !url || !URL.canParse(url) || !new URL(url).password,
    otherwise: 'REDIS_PASSWORD: REDIS_URL holds a password as well; keep one',
  },
  {
    holds: ({REDIS_URL: url, REDIS_USERNAME: user}) =>
      !user || !url || !URL.canParse(url) || !new URL(url).username,
    otherwise: 'REDIS_USERNAME: REDIS_URL names a user as well; keep one',
  },
  {
    holds: ({REDIS_USERNAME: user, REDIS_PASSWORD: password}) => !user || Boolean(password),
    otherwise: 'REDIS_USERNAME: needs REDIS_PASSWORD',
  },
  {
    holds: (given) =>
      isGiven(given.REDIS_TLS) ||
      given.REDIS_URL?.startsWith('rediss:') === true ||
      ![given.REDIS_TLS_CA, given.REDIS_TLS_CERT, given.REDIS_TLS_KEY, given.REDIS_TLS_SERVERNAME].some(
        isGiven,
      ),
    otherwise:
      'REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY and REDIS_TLS_SERVERNAME: need REDIS_TLS=true or rediss://',
  },
  {
    holds: ({REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key}) => !cert === !key,
    otherwise: 'REDIS_TLS_CERT and REDIS_TLS_KEY: set both, or neither',
  },
];

/** Adds to a schema with these variables how they must relate to each other. */
export function checkRedis<S extends z.ZodObject>(schema: S): S {
  return relations.reduce<S>(
    // Also where another variable is at fault, so that an operator sees all faults at once.
    (checked, {holds, otherwise}) =>
      checked.refine((given) => holds(given as Given), {error: otherwise, when: () => true}) as S,
    schema,
  );
}

const urlChecks: [holds: (url: string) => boolean, otherwise: string][] = [
  [(url) => /^rediss?:\/\//.test(url), 'must be a redis:// URL'],
  [
    (url) => /^rediss?:\/\/(?:[^@]*@)?[^,/?#]*(?:[/?#]|$)/.test(url),
    'names one server; several belong into REDIS_SENTINELS or REDIS_CLUSTER_NODES',
  ],
  [isReadableUrl, badlyEncoded],
  [
    (url) => /^\/?\d*$/.test(new URL(url).pathname + new URL(url).search),
    'may end with the number of a database alone; options have variables of their own',
  ],
];

/** Names the first fault, and stops no other check, so that an operator sees the faults of all variables at once. */
function serverUrl() {
  return z.string().superRefine((url, {addIssue}) => {
    const [, otherwise] = urlChecks.find(([holds]) => !holds(url)) ?? [];
    if (otherwise !== undefined) addIssue({code: 'custom', message: otherwise});
  });
}

function addresses() {
  return commaList().transform((list, {issues}): Address[] => {
    const read = list.map((text) => /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text));
    if (read.every((match) => match !== null && Number(match[3]) < 65_536))
      return read.map((match) => ({host: (match![1] ?? match![2])!, port: Number(match![3])}));
    issues.push({
      code: 'custom',
      message:
        'must be addresses such as host:6379, with commas between; user and password have variables of their own',
      input: list,
    });
    return z.NEVER;
  });
}

function certificate() {
  return z
    .string()
    .refine(
      (text) => {
        try {
          return Boolean(new X509Certificate(text));
        } catch {
          return false;
        }
      },
      {error: 'is no certificate as PEM; to name a file, add _FILE to the name of the variable'},
    )
    .optional();
}

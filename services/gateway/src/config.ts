/** The gateway's environment: one schema, read once, before any connection is opened. */
import {randomUUID} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {z} from 'zod';
import {checkRelations} from './config-relations.ts';
import {readRateRules} from './calls/rate-rules.ts';
import {
  auditRetentionDays,
  commaList,
  environment,
  flag,
  logLevel,
  milliseconds,
  outboundAllow,
  webhookSecretSource,
  parseEnv,
  port,
} from '@madang/runtime/env';
import {checkPostgres, poolerVariables, postgresVariables} from '@madang/runtime/postgres-variables';
import {checkRedis, redisVariables} from '@madang/runtime/redis-variables';
import {isOriginEntry, originRule} from '@madang/protocol/origins';
import {compileTrust, type Trust} from './identity/trusted-proxies.ts';

const webUrl = z.url({protocol: /^https?$/});
const origin = webUrl.transform((value) => new URL(value).origin);
/** An address without a slash at its end; its path is where the cluster begins. */
const publicAddress = webUrl
  .refine((value) => isPlainAddress(new URL(value)), {
    error:
      'must be an address without user, query and fragment, whose path has only letters, digits and -._~',
  })
  .transform((value) => new URL(value).href.replace(/\/+$/, ''));
/** A page's origin; a web address counts as its origin, with or without a slash or path behind it. */
const originEntry = z
  .string()
  .transform((value) => (/^https?:[^*]+$/.test(value) ? (URL.parse(value)?.origin ?? value) : value))
  .pipe(z.string().refine(isOriginEntry, {error: originRule}));

/** An integer of at least one. */
const count = (byDefault: number) => z.coerce.number().int().min(1).default(byDefault);

export const schema = z
  .object({
    MADANG_ENV: environment(),
    HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container.'),
    PORT: port(3000).describe(
      'Port of the HTTP API and of Socket.IO; `npm start` takes it for its balancer.',
    ),
    METRICS_HOST: z
      .string()
      .default('127.0.0.1')
      .describe('Address of `/metrics`, `/livez` and `/readyz`, which never pass the balancer.'),
    METRICS_PORT: port(9464).describe('Port of `/metrics`, `/livez` and `/readyz`.'),
    ...postgresVariables,
    ...poolerVariables,
    ...redisVariables,
    REDIS_PREFIX: z
      .string()
      .default('madang:')
      .describe('Begins every key and channel in Redis, so that installations can share one.'),
    SESSION_SECRET: commaList()
      .refine((secrets) => secrets.length > 0 && secrets.every(isStrong), {
        message: 'must have at least 32 characters; make one with: openssl rand -hex 32',
      })
      .describe(
        'Signs cookies and session tokens. With several, the first signs and the others still verify.',
      ),
    SESSION_ID_FORMAT: z.coerce
      .number()
      .pipe(z.union([z.literal(1), z.literal(2)]))
      .default(1)
      .describe(
        'Form of new session ids. With 2, revoking a service key also ends the sessions that its tickets began; set it once ' +
          'every gateway is of this release, since the one before reads 1 alone.',
      ),
    USAGE_REPORT_MS: milliseconds(60_000).describe(
      'How often what the tenants use is written down; a node that dies loses as much of it.',
    ),
    NODE_NAME: z
      .string()
      .default(() => `gateway-${randomUUID().slice(0, 8)}`)
      .meta({description: 'Name of this node in answers, logs and metrics.', byDefault: 'random'}),
    OPERATOR_SECRET: z
      .string()
      .min(16, 'must have at least 16 characters; make one with: openssl rand -hex 32')
      .optional()
      .describe(
        'Opens the operators’ page `/operator` on the metrics port, as the password that the browser asks for. Without it there is none.',
      ),
    TRUST_PROXY: commaList()
      .transform(toTrust)
      .meta({
        description:
          'The proxies in front whose X-Forwarded-* headers are believed, comma-separated: addresses, networks ' +
          '(`10.0.0.0/8`), `loopback`, `linklocal`, `uniquelocal`, or a number of proxies in a row, whatever their addresses.',
        byDefault: '0',
      }),
    LONG_POLLING: flag(false).describe(
      'Whether Socket.IO may poll over HTTP where a network lets no WebSocket through. The balancer must then lead all requests ' +
        'of a connection (`sid` of the query) to one node, as `infra/haproxy/haproxy.cfg` does.',
    ),
    HTTP_KEEP_ALIVE_MS: milliseconds(75_000).describe(
      'How long an idle HTTP connection is kept: longer than the balancer in front keeps it (60 s for most), or requests get lost.',
    ),
    PUBLIC_URL: publicAddress
      .optional()
      .describe(
        'The address people use. With https, cookies are Secure. With a path, such as `https://example.com/chat/`, the whole ' +
          'cluster is below it, whether or not the proxy removes the path.',
      ),
    ALLOWED_HOSTS: commaList()
      .pipe(z.array(z.string().regex(/^([\w.-]+|\[[\da-f:.]+\])$/i, 'must be host names without a port')))
      .transform((hosts) => hosts.map((host) => host.toLowerCase()))
      .describe(
        'Further host names of the cluster. Once there is one, a PUBLIC_URL or a host of a tenant, others get 421.',
      ),
    ALLOWED_ORIGINS: commaList()
      .pipe(z.array(originEntry))
      .describe(
        "Other origins whose pages may call, besides the node's own host, comma-separated. `https://*.example.com` stands for " +
          'all subdomains. The web view of an app has one, too: `capacitor://localhost`, `ionic://localhost`, `tauri://localhost`.',
      ),
    OUTBOUND_ALLOW: outboundAllow(),
    WEBHOOK_SECRET: webhookSecretSource(),
    RESERVED_NAMES: commaList(
      'Admin,Administrator,Madang,Moderator,Root,Security,Staff,Support,System,Helpdesk,관리자,운영자,시스템,고객센터',
    ).describe(
      "Names that no guest or account may be shown by, nor what looks the same; the tenant's own name is another. " +
        'A service and a provider may give them.',
    ),
    GITHUB_CLIENT_ID: z
      .string()
      .optional()
      .describe(
        'Signing in with GitHub: the id of an OAuth app, whose callback is `<address>/auth/github/callback`.',
      ),
    GITHUB_CLIENT_SECRET: z.string().optional().describe('The secret of that app.'),
    GITHUB_BASE_URL: origin
      .default('https://github.com')
      .describe('Another address for a GitHub Enterprise Server.'),
    UPLOAD_BYTES_PER_DAY: count(200 * 1024 * 1024).describe('What a user may upload in a day: 200 MiB.'),
    UPLOAD_BYTES_PER_USER: count(1024 * 1024 * 1024).describe(
      'What is kept of a user, all rooms together: 1 GiB.',
    ),
    GUESTS_PER_ADDRESS_PER_DAY: count(5_000).describe(
      'Guests that one address may make in a day; an office or a school has one address.',
    ),
    GUESTS_PER_TENANT_PER_DAY: count(200_000).describe(
      'Guests that a tenant may get in a day. Each takes up to 750 bytes of Redis.',
    ),
    GUEST_REDIS_SHARE: z.coerce
      .number()
      .min(0)
      .max(1)
      .default(0.8)
      .describe('Above this share of its `maxmemory` Redis keeps the rest for accounts: guests are refused.'),
    UNSEEN_GUEST_SECONDS: count(3_600).describe(
      'The session of a guest that has opened no socket lives so long: an hour.',
    ),
    WEB_DIR: z
      .string()
      .default(() => fileURLToPath(new URL('../../web/dist', import.meta.url)))
      .meta({
        description: 'The built web client; served where there is one.',
        byDefault: 'services/web/dist',
      }),
    COOKIE_SAME_SITE: z
      .enum(['lax', 'none'])
      .default('lax')
      .describe('`none` for front ends on another site; asks for https.'),
    COOKIE_NAME: z
      .string()
      .regex(/^[a-z][\w-]{0,39}$/i, 'must be up to 40 letters, digits, - and _')
      .refine((name) => !/-(device|oauth)$/.test(name), {
        error: 'must not end like the cookies that are named after it: -device, -oauth',
      })
      .default('madang')
      .describe(
        'Name of the session cookie, with `__Host-` before it over https. Clusters that share a host name need one each.',
      ),
    SESSION_IDLE_SECONDS: count(1_209_600).describe(
      'A session that is not used for so long is forgotten: 14 days.',
    ),
    SESSION_MAX_SECONDS: count(7_776_000).describe(
      'And every session after so long: 90 days, which is the most.',
    ),
    MIGRATE: flag(true).describe('Bring the schema up to date at start. Off where a job of its own does it.'),
    AUDIT_RETENTION_DAYS: auditRetentionDays(),
    LOG_LEVEL: logLevel(),
    HANDSHAKES_PER_SECOND: count(500).describe(
      'Handshakes per second that this node admits; others are told to come back.',
    ),
    CONNECTIONS_PER_USER: count(30).describe(
      'Connections that one user keeps on this node; with another one the oldest is closed.',
    ),
    CONNECTIONS_PER_ADDRESS: count(3_000).describe(
      'Connections from one address that this node keeps; further ones are told to come back.',
    ),
    RATE_LIMITS: z
      .string()
      .default('')
      .transform((given, {issues}) => {
        try {
          return readRateRules(given);
        } catch (error) {
          issues.push({code: 'custom', message: (error as Error).message, input: given});
          return z.NEVER;
        }
      })
      .meta({
        description:
          'Replaces rate limits, as `name=points/seconds/burst`, with commas between: ' +
          '`log-writes=120/60/300,guests=1200/60`. `services/gateway/src/calls/rate-rules.ts` has the names and the defaults.',
        byDefault: 'those of docs/protocol.md',
      }),
    SEND_DEADLINE_MS: milliseconds(900).describe('A send is answered within this, stored or refused.'),
    PULSE_MS: milliseconds(1_000).describe('How often Postgres is asked what a lost broadcast withheld.'),
    PULSE_MAX_AGE_MS: milliseconds(2_000).describe('A pulse older than this stops operations and delivery.'),
    GAP_WAIT_MS: milliseconds(100).meta({
      forTests: true,
      description: 'How long a frame that is ahead waits for the one before it.',
    }),
    REVOKED_CLOSE_MS: milliseconds(250).meta({
      forTests: true,
      description: 'From telling a revoked connection until it is cut.',
    }),
    OCCUPANCY_BEAT_MS: milliseconds(2_000).describe(
      "How often a node renews its occupancy's lease in Redis.",
    ),
    OCCUPANCY_LEASE_MS: milliseconds(8_000).describe('A silent node is taken for gone after this.'),
    NODE_LEASE_MS: milliseconds(8_000).describe('The lease that a node renews in Postgres with every pulse.'),
    GRACE_MS: milliseconds(5_000).describe(
      'From the last connection of a user until its sign-off is announced.',
    ),
    DIGEST_MS: milliseconds(1_000).meta({
      forTests: true,
      description: 'Presence and lobby are announced at most so often.',
    }),
    RECOUNT_MS: milliseconds(10_000).meta({
      forTests: true,
      description: "How often a room's online count is read again.",
    }),
    SLOW_READER_BYTES: count(1024 * 1024).describe(
      'A connection that leaves more than this unread in two sweeps is ended; it resumes from the log.',
    ),
    SLOW_READER_SWEEP_MS: milliseconds(1_000).meta({
      forTests: true,
      description: 'Time between these sweeps.',
    }),
    DRAIN_MS: milliseconds(20_000).describe(
      'From SIGTERM to the end. Whatever stops the process must wait a little longer.',
    ),
    MADANG_CRASH_AT: z
      .string()
      .optional()
      .meta({forTests: true, description: 'The name of a point at which this process kills itself.'}),
    MADANG_DROP_BROADCASTS: z.coerce
      .number()
      .min(0)
      .max(1)
      .default(0)
      .meta({forTests: true, description: 'The share of broadcasts to other nodes that is lost on purpose.'}),
  })
  .superRefine(checkRelations)
  .apply(checkPostgres)
  .apply(checkRedis);

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  return parseEnv(schema, process.env, process.argv);
}

function toTrust(list: string[], {issues}: z.RefinementCtx<string[]>): Trust {
  try {
    return compileTrust(list);
  } catch (error) {
    const message = `${(error as Error).message}; give addresses, networks such as 10.0.0.0/8, or one number up to 10`;
    issues.push({code: 'custom', message, input: list});
    return z.NEVER;
  }
}

function isPlainAddress({username, password, search, hash, pathname}: URL): boolean {
  return `${username}${password}${search}${hash}` === '' && /^(\/[\w.~-]+)*\/?$/.test(pathname);
}

function isStrong(secret: string): boolean {
  return secret.length >= 32;
}

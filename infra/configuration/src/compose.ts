/** The variables that docker-compose.yml reads besides those of its processes. No process sees them. */
import {z} from 'zod';

export const schema = z.object({
  MADANG_IMAGE: z
    .string()
    .default('madang:0.1.0')
    .describe(
      'The image of gateways, worker and migrations. Without a registry, `docker compose build` makes it from these sources.',
    ),
  BIND: z
    .string()
    .default('127.0.0.1')
    .describe('Address the balancer is published on; 0.0.0.0 for everyone.'),
  HTTP_PORT: z.string().default('8080').describe('Published port of HTTP.'),
  HTTPS_PORT: z
    .string()
    .default('8443')
    .describe('Published port of HTTPS, served when there is a certificate.'),
  TLS_DIR: z
    .string()
    .default('./infra/haproxy/tls')
    .describe(
      'Folder with `madang.pem`: certificate, chain and key in one file. With it, HTTP is redirected.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .describe(
      'Balancers in front of HAProxy: addresses and networks, comma-separated. What they say about a client is believed.',
    ),
  PROXY_PROTOCOL: z
    .string()
    .default('false')
    .describe('`true` if these balancers open their connections with a PROXY header.'),
  POSTGRES_PASSWORD: z
    .string()
    .default('throw-away-postgres')
    .describe('Letters and digits, since it becomes part of an address.'),
  POSTGRES_APP_PASSWORD: z
    .string()
    .optional()
    .describe('Of the role of gateways and workers; that of `POSTGRES_PASSWORD` unless given.'),
  POSTGRES_ADMIN_PASSWORD: z
    .string()
    .optional()
    .describe('Of the role of `docker compose run --rm madang`; that of `POSTGRES_PASSWORD` unless given.'),
  REDIS_PASSWORD: z
    .string()
    .default('throw-away-redis')
    .describe('The password, unless `REDIS_URL` holds it; any characters. In a .env file write $ as $$.'),
  PROMETHEUS_PORT: z
    .string()
    .default('9090')
    .describe('Of Prometheus on 127.0.0.1, with the profile `observability`.'),
  GRAFANA_PORT: z
    .string()
    .default('3000')
    .describe('Of Grafana on 127.0.0.1, with the profile `observability`.'),
  HAPROXY_IMAGE: image('haproxy:3.0-bookworm'),
  POSTGRES_IMAGE: image('postgres:17-bookworm'),
  REDIS_IMAGE: image('redis:7.4-bookworm'),
  PROMETHEUS_IMAGE: image('prom/prometheus:v3.5.0'),
  NODE_EXPORTER_IMAGE: image('prom/node-exporter:v1.9.1'),
  GRAFANA_IMAGE: image('grafana/grafana:12.2.0'),
  GRAFANA_PASSWORD: z.string().default('throw-away-grafana').describe('Of the user `admin` of Grafana.'),
});

function image(name: string) {
  return z.string().default(name).describe('Another image, or the same pinned: `name:tag@sha256:…`.');
}

/** Variables that the file sets itself, because they follow from it. */
export const fixed = [
  'ADMIN_DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_PASSWORD',
  'DATABASE_PASSWORD_FILE',
  'DATABASE_POOLER',
  'DATABASE_SCHEMA',
  'DATABASE_URL',
  'HOST',
  'METRICS_HOST',
  'METRICS_PORT',
  'MIGRATE',
  'MIGRATION_DATABASE_URL',
  'NODE_NAME',
  'PORT',
  'REDIS_CLUSTER_NODES',
  'REDIS_PASSWORD_FILE',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_NAME',
  'REDIS_SENTINEL_PASSWORD',
  'REDIS_SENTINEL_PASSWORD_FILE',
  'REDIS_SENTINEL_USERNAME',
  'REDIS_TLS',
  'REDIS_TLS_CA',
  'REDIS_TLS_CERT',
  'REDIS_TLS_KEY',
  'REDIS_TLS_SERVERNAME',
  'REDIS_URL',
  'REDIS_USERNAME',
  'TRUST_PROXY',
  'WEB_DIR',
];

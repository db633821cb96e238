/** What the cluster's public address says: where pages come from, and below which path everything is. */
import type {Config} from '../config.ts';

export type PublicAddress = Pick<Config, 'PUBLIC_URL'>;

export function publicOrigin({PUBLIC_URL}: PublicAddress): string | undefined {
  return PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL).origin;
}

/** Empty, or a path such as `/chat`. */
export function basePath({PUBLIC_URL}: PublicAddress): string {
  return PUBLIC_URL === undefined ? '' : new URL(PUBLIC_URL).pathname.replace(/\/$/, '');
}

import {execFileSync, spawnSync} from 'node:child_process';

/**
 * The minimum, default and maximum in bytes. Otherwise a stalled reader's kernel would take 30 MiB before a gateway
 * noticed.
 */
const buffers = '4096 16384 65536';

const prepare = [
  'ip link set lo up',
  ...['tcp_rmem', 'tcp_wmem'].map((name) => `echo ${buffers} > /proc/sys/net/ipv4/${name}`),
  'exec "$0" "$@"',
].join(' && ');
const enter = ['--net', 'sh', '-c', prepare];

/** Runs a program in a network namespace with small TCP buffers. Returns its exit code. Needs root. */
export function runInOwnNetwork(command: string, args: string[]): number {
  return spawnSync('unshare', [...enter, command, ...args], {stdio: 'inherit'}).status ?? 1;
}

/** Returns why this machine cannot make a network namespace. */
export function whyNoOwnNetwork(): string | undefined {
  try {
    execFileSync('unshare', [...enter, 'true'], {stdio: 'pipe'});
    return undefined;
  } catch (error) {
    return `needs a network namespace: ${(error as Error).message.split('\n')[0]}`;
  }
}

import {randomBytes} from 'node:crypto';
import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findFreePort} from '@madang/processes/free-port';

/** Returns a secret, such as the one that signs sessions. It is created at the first start, and the same afterwards. */
export function keepSecret(dir: string, name = 'session-secret'): string {
  const file = join(dir, name);
  const kept = readIfThere(file)?.trim();
  if (kept) return kept;
  const secret = randomBytes(32).toString('hex');
  write(file, `${secret}\n`);
  return secret;
}

/**
 * Gives each name a free port of 127.0.0.1: the same as at the last start if that is still free. So an address that is used
 * elsewhere (in psql, in a scrape configuration) continues to work.
 */
export async function keepPorts(dir: string, names: string[]): Promise<Record<string, number>> {
  const file = join(dir, 'ports.json');
  const kept = JSON.parse(readIfThere(file) ?? '{}') as Record<string, number>;
  const taken = new Set<number>();
  for (const name of names) {
    let port = await findFreePort(kept[name]);
    while (taken.has(port)) port = await findFreePort();
    taken.add(port);
    kept[name] = port;
  }
  write(file, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

/** Writes down where this cluster's stores are, so that `npx madang` beside it needs no settings. */
export function keepStores(dir: string, stores: Record<string, string | undefined>): void {
  write(join(dir, 'stores.json'), `${JSON.stringify(stores, null, 2)}\n`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the whole file or nothing: a crash in the middle must not leave half a secret. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, {mode: 0o600});
  renameSync(`${file}.new`, file);
}

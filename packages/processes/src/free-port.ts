import {randomInt} from 'node:crypto';
import {createServer} from 'node:net';

// Below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections, so that a
// process that is restarted a moment later does not find its port taken by one of those.
const FIRST = 20_000;
const LAST = 32_000;

/** Whether this process could listen on the port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({port, host: '127.0.0.1', exclusive: true}, () => server.close(() => resolve(true)));
  });
}

/**
 * Gives a port of 127.0.0.1 that is free now: the preferred one if it can be had. Not by `get-port`, which gives no port
 * twice within half a minute, so that a cluster would not have its kept ports again.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST}`);
}

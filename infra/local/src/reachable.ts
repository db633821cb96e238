import {connect} from 'node:net';
import {Fatal} from '@madang/processes/fatal';

const WITHIN_MS = 5_000;

/** If nothing answers at the address, throws one line that names the variable. The password is not shown. */
export async function requireReachable(name: string, address: string, defaultPort: number): Promise<void> {
  const {hostname, port} = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '') || 'localhost';
  const target = `${host}:${port || defaultPort}`;
  const reason = await tryConnect(host, Number(port) || defaultPort);
  if (reason !== undefined) throw new Fatal(`${name}: nothing answers at ${target} (${reason})`);
}

function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({host, port, timeout: WITHIN_MS});
    const finish = (reason?: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => finish());
    socket.once('timeout', () => finish(`no answer within ${WITHIN_MS} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

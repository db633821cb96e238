/** Says what an operator can do when a process may not listen where it was told to. */

/** The error of `listen` in words that name the variables; `prefix` begins their names. */
export function explainListening(
  error: NodeJS.ErrnoException,
  {host, port, prefix = ''}: {host: string; port: number; prefix?: string},
): Error {
  const reason = reasons[error.code ?? '']?.({host, port, prefix});
  return reason === undefined ? error : new Error(reason, {cause: error});
}

type Place = {host: string; port: number; prefix: string};

const reasons: Partial<Record<string, (place: Place) => string>> = {
  EACCES: ({port, prefix}) =>
    `${prefix}PORT: this process has no right to listen on port ${port}. Choose one from 1024 on, behind the balancer, ` +
    'or give the process CAP_NET_BIND_SERVICE.',
  EADDRINUSE: ({host, port, prefix}) => `${prefix}PORT: another process listens on port ${port} of ${host}.`,
  EADDRNOTAVAIL: ({host, prefix}) => `${prefix}HOST: this machine has no address ${host}.`,
  ENOTFOUND: ({host, prefix}) => `${prefix}HOST: ${host} is no address of this machine.`,
};

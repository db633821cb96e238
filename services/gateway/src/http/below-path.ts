/** Serves a cluster below a path of its host, such as `/chat` of `PUBLIC_URL=https://example.com/chat/`. */
import type {IncomingMessage, Server} from 'node:http';

/**
 * Takes the path off the address of each request and handshake before anything reads it. Requests without it are served,
 * too: health checks, and those whose proxy has taken it off already.
 */
export function serveBelow(base: string, http: Server): void {
  if (base === '') return;
  for (const event of ['request', 'upgrade']) {
    http.prependListener(event, (req: IncomingMessage) => {
      req.url = withoutBase(base, req.url ?? '/');
    });
  }
}

/** The address below the path; any other address as it is. */
export function withoutBase(base: string, address: string): string {
  const rest = address.startsWith(base) ? address.slice(base.length) : undefined;
  if (rest === '' || rest?.startsWith('?')) return `/${rest}`;
  return rest?.startsWith('/') ? rest : address;
}

/** https addresses on this machine: a folder of files, or a proxy in front of a gateway. */
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {request, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer, type Server} from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {generate} from 'selfsigned';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types: Record<string, string> = {'.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml'};

export type Site = {origin: string; close(): Promise<void>};

/** Serves the built client as another web server would, with the cluster's address written into the page. */
export async function startFrontEnd(host: string, clusterUrl: () => string): Promise<Site> {
  return startSite(host, async ({url = '/'}, answer) => {
    const path = new URL(url, 'http://any').pathname;
    const type = types[extname(path)];
    if (type) return void answer.setHeader('content-type', type).end(await readFile(join(dist, path)));
    const page = await readFile(join(dist, 'index.html'), 'utf8');
    answer.setHeader('content-type', 'text/html');
    answer.end(page.replace('name="madang-url" content=""', `name="madang-url" content="${clusterUrl()}"`));
  });
}

/** Forwards everything to a gateway, including WebSockets. */
export async function startBackEnd(host: string, gatewayUrl: () => string): Promise<Site> {
  const ask = (incoming: IncomingMessage) =>
    request(new URL(incoming.url ?? '/', gatewayUrl()), {
      method: incoming.method,
      headers: {
        ...incoming.headers,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': incoming.headers.host,
      },
    });
  const pass = (incoming: IncomingMessage, answer: ServerResponse) => {
    const asked = ask(incoming).on('response', (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    asked.on('error', () => answer.destroy());
    incoming.pipe(asked);
  };
  const tunnel = (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => undefined);
    const asked = ask(incoming).on('upgrade', (given, upstream, first) => {
      const lines = given.rawHeaders.map((text, index) => (index % 2 === 0 ? `\r\n${text}: ` : text));
      socket.write(`HTTP/1.1 101 Switching Protocols${lines.join('')}\r\n\r\n`);
      socket.write(first);
      upstream.write(head);
      upstream.on('error', () => socket.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    asked.on('error', () => socket.destroy());
    asked.on('response', () => socket.destroy());
    asked.end();
  };
  return startSite(host, pass, tunnel);
}

async function startSite(
  host: string,
  handle: (incoming: IncomingMessage, answer: ServerResponse) => unknown,
  upgrade?: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void,
): Promise<Site> {
  const {private: key, cert} = await generate([{name: 'commonName', value: host}]);
  const server: Server = createServer({key, cert}, handle);
  if (upgrade) server.on('upgrade', upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    origin: `https://${host}:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

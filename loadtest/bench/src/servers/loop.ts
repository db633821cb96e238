/** The smallest server that forwards a message to everyone in a room. The path is the room's name. */
import {createServer} from 'node:http';
import {parseArgs} from 'node:util';
import {WebSocketServer, type WebSocket} from 'ws';

const {values} = parseArgs({options: {port: {type: 'string'}}});
const rooms = new Map<string, Set<WebSocket>>();
const http = createServer((_request, response) => response.end());
const server = new WebSocketServer({server: http, perMessageDeflate: false});

server.on('connection', (socket, {url = '/'}) => {
  const room = rooms.get(url) ?? new Set();
  rooms.set(url, room.add(socket));
  socket.on('close', () => room.delete(socket));
  socket.on('message', (data) => {
    const {clientId, text} = JSON.parse(String(data)) as {clientId: string; text: string};
    const message = JSON.stringify({clientId, sender: 'user', text, createdAt: new Date()});
    for (const each of room) each.send(message);
  });
});
http.listen(Number(values.port), '127.0.0.1');

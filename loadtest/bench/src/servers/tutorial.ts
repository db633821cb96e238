/**
 * The chat server of the tutorials, on the same libraries as Madang: an Express session, Socket.IO with the classic Redis
 * adapter, one INSERT for each message, then a broadcast to the room. It promises only that an acknowledged message is
 * stored, but no order, no retry and no repair.
 */
import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage} from 'node:http';
import {parseArgs} from 'node:util';
import {createAdapter} from '@socket.io/redis-adapter';
import {RedisStore} from 'connect-redis';
import express from 'express';
import session, {type Session} from 'express-session';
import {Redis} from 'ioredis';
import pg from 'pg';
import {Server} from 'socket.io';

declare module 'express-session' {
  interface SessionData {
    user: {id: string; name: string};
  }
}

const {values} = parseArgs({
  options: {port: {type: 'string'}, database: {type: 'string'}, redis: {type: 'string'}},
});
const pool = new pg.Pool({connectionString: values.database});
const redis = new Redis(values.redis!);
await pool.query(`
  CREATE TABLE IF NOT EXISTS messages (
    id bigserial PRIMARY KEY,
    room_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    client_id uuid NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS messages_room_id_idx ON messages (room_id)`);

const app = express();
const http = createServer(app);
const sessions = session({
  store: new RedisStore({client: redis}),
  secret: randomUUID(),
  resave: false,
  saveUninitialized: false,
});
app.use(sessions, express.json());
app.post('/login', (request, response) => {
  const {name} = request.body as {name: string};
  request.session.user = {id: randomUUID(), name};
  response.status(204).end();
});

const io = new Server(http, {adapter: createAdapter(redis, redis.duplicate())});
io.engine.use(sessions);
const sessionOf = (request: IncomingMessage) => (request as IncomingMessage & {session: Session}).session;
io.use((socket, next) => {
  const {user} = sessionOf(socket.request) as Session & {user?: unknown};
  next(user ? undefined : new Error('unauthorized'));
});
io.on('connection', (socket) => {
  const {id: senderId, name} = (sessionOf(socket.request) as Session & {user: {id: string; name: string}})
    .user;
  socket.on('join', async (room: string, done: (answer: object) => void) => {
    await socket.join(room);
    done({ok: true});
  });
  socket.on('message', async ({room, clientId, text}, done: (answer: object) => void) => {
    try {
      const {rows} = await pool.query<{id: string; created_at: Date}>(
        'INSERT INTO messages (room_id, sender_id, client_id, text) VALUES ($1, $2, $3, $4) RETURNING id, created_at',
        [room, senderId, clientId, text],
      );
      const {id, created_at: createdAt} = rows[0]!;
      io.to(room).emit('message', {id, clientId, sender: name, text, createdAt});
      done({ok: true, id});
    } catch {
      done({ok: false});
    }
  });
});
http.listen(Number(values.port), '127.0.0.1');

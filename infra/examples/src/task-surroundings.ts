/** What the programs of docs/tasks leave to the reader's product, and what shows that each did its work. */
import type {Language} from './task-pages.ts';

export type Surroundings = {before?: string; after?: string; printed: string | RegExp};

const exitOnceDeleted = `
const isForbidden = (text) => text === 'Bad words';
const room = await server.createRoom({title: 'Moderated'});
const {seq} = await server.send(room.id, 'Bad words');
setInterval(async () => {
  const [message] = await server.readMessages([{roomId: room.id, seq}]);
  if (!message.deletedAt) return;
  console.log('deleted');
  process.exit();
}, 50);
`;

/** The cluster learns the public key shortly after the call that sets it. */
const untilAccepted = `
const page = globalThis.fetch;
const fetch = async () => {
  const headers = {authorization: 'Bearer ' + token};
  while (!(await page(url + '/api/v1/me', {headers})).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  return new Response(token);
};
`;

const receiver = `
import {once} from 'node:events';
import express from 'express';
const app = express();
const listener = app.listen(0, '127.0.0.1');
await once(listener, 'listening');
const address = 'http://127.0.0.1:' + listener.address().port + '/madang';
const handle = async (event) => {
  console.log(event.type);
  process.exit();
};
`;

const showClient = `
console.log(client.stores.status.snapshot().user.name);
client.close();
`;

const js: Record<string, Surroundings> = {
  'export-and-erase.md, Save a transcript': {
    before: `
const {id: roomId} = await server.createRoom({title: 'Exported'});
await server.send(roomId, 'Hello');
`,
    printed: /^\d{4}-\S+Z \S+ Hello\n$/,
  },
  'hear-events.md, By a webhook': {
    before: receiver,
    after: `
await server.putUser('hears', {name: 'Hears'});
await server.createRoom({title: 'Heard', members: [{user: 'hears'}]});
`,
    printed: 'member.added\n',
  },
  'hear-events.md, By asking': {
    before: `
const loadPosition = async () => 0;
const handle = async (event) => console.log(event.type);
const storePosition = async (position) => process.exit(Number.isInteger(position) ? 0 : 1);
`,
    printed: /^\w+\.\w+\n$/,
  },
  'hear-events.md, Start again': {
    after: `console.log(secret.slice(0, 6), (await server.listWebhooks()).filter(({url}) => url === receiver).length);`,
    printed: 'whsec_ 1\n',
  },
  'hear-events.md, Answer once': {
    after: `
await server.putUser('asks', {name: 'Asks'});
const room = await server.createRoom({title: 'Answered', members: [{user: 'asks'}]});
await server.asUser('asks').send(room.id, 'Anybody there?');
for await (const event of server.events({types: ['message.created']})) {
  if (event.roomId !== room.id) continue;
  await answer(event);
  await answer(event);
  break;
}
for await (const {text} of server.messages(room.id)) console.log(text);
`,
    printed: 'Thank you!\nAnybody there?\n',
  },
  'moderate.md, Read first': {before: exitOnceDeleted, printed: 'deleted\n'},
  'move.md, Bring the past along': {
    after: `for await (const {text, createdAt} of server.messages(room.id)) console.log(createdAt, text);`,
    printed: '2024-05-01T08:00:00.000Z Where is it?\n',
  },
  'rooms.md, Say what such a room is': {
    after: `console.log((await server.tenant()).policy.types.case.grants.join);`,
    printed: 'service\n',
  },
  'rooms.md, Make one': {after: `console.log(room.type, room.memberCount);`, printed: 'case 3\n'},
  'sign-in.md, By ticket': {after: showClient, printed: 'Kim\n'},
  'sign-in.md, By JWT': {before: untilAccepted, after: showClient, printed: 'Kim\n'},
  'sign-in.md, Pages on an origin of their own': {
    after: `console.log((await server.tenant()).policy.origins);`,
    printed: "[ 'https://shop.example' ]\n",
  },
};

const pythonReceiver = `
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        status = receive(self.headers, self.rfile.read(int(self.headers["content-length"])))
        self.send_response(status)
        self.end_headers()

def handle(event):
    print(event.type, flush=True)
    os._exit(0)

listener = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
address = f"http://127.0.0.1:{listener.server_port}/madang"
`;

const exitOnceDeletedPython = `
import threading
import time

room = server.create_room(title="Moderated")
seq = server.send(room.id, "Bad words").seq

def is_forbidden(text):
    return text == "Bad words"

def watch():
    while not server.read_messages([{"room_id": room.id, "seq": seq}])[0].deleted_at:
        time.sleep(0.05)
    print("deleted", flush=True)
    os._exit(0)

threading.Thread(target=watch).start()
`;

const python: Record<string, Surroundings> = {
  'export-and-erase.md, Save a transcript': {
    before: `
room_id = server.create_room(title="Exported").id
server.send(room_id, "Hello")
`,
    printed: /^\d{4}-\S+Z \S+ Hello\n$/,
  },
  'hear-events.md, By a webhook': {
    before: pythonReceiver,
    after: `
threading.Thread(target=listener.serve_forever).start()
server.put_user("hears", name="Hears")
server.create_room(title="Heard", members=[{"user": "hears"}])
`,
    printed: 'member.added\n',
  },
  'hear-events.md, By asking': {
    before: `
def load_position():
    return 0

def handle(event):
    print(event.type, flush=True)

def store_position(position):
    os._exit(0 if isinstance(position, int) else 1)
`,
    printed: /^\w+\.\w+\n$/,
  },
  'hear-events.md, Start again': {
    after: `print(secret[:6], len([webhook for webhook in server.list_webhooks() if webhook.url == receiver]))`,
    printed: 'whsec_ 1\n',
  },
  'hear-events.md, Answer once': {
    after: `
server.put_user("asks", name="Asks")
room = server.create_room(title="Answered", members=[{"user": "asks"}])
server.as_user("asks").send(room.id, "Anybody there?")
for event in server.events(types=["message.created"]):
    if event.room_id == room.id:
        answer(event)
        answer(event)
        break
for message in server.messages(room.id):
    print(message.text)
`,
    printed: 'Thank you!\nAnybody there?\n',
  },
  'moderate.md, Read first': {before: exitOnceDeletedPython, printed: 'deleted\n'},
  'move.md, Bring the past along': {
    after: `
for message in server.messages(room.id):
    print(message.created_at, message.text)
`,
    printed: '2024-05-01T08:00:00.000Z Where is it?\n',
  },
  'rooms.md, Say what such a room is': {
    after: `print(server.tenant().policy["types"]["case"]["grants"]["join"])`,
    printed: 'service\n',
  },
  'rooms.md, Make one': {after: `print(room.type, room.member_count)`, printed: 'case 3\n'},
  'sign-in.md, By ticket': {after: `print(ticket[:4])`, printed: 'mdt_\n'},
  'sign-in.md, By JWT': {
    after: `
import time
import httpx

def me():
    return httpx.get(os.environ["MADANG_URL"] + "/api/v1/me", headers={"authorization": f"Bearer {token}"})

while not me().is_success:
    time.sleep(0.05)
print(me().json()["user"]["name"])
`,
    printed: 'Kim\n',
  },
  'sign-in.md, Pages on an origin of their own': {
    after: `print(server.tenant().policy["origins"])`,
    printed: "['https://shop.example']\n",
  },
};

export const surroundings: Record<Language, Record<string, Surroundings>> = {js, python};

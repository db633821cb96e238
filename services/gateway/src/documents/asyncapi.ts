import {serverEvents, type ServerEventName} from '@madang/protocol/events';
import {limits} from '@madang/protocol/limits';
import {PROTOCOL_VERSION} from '@madang/protocol/version';
import type {Operation} from '../calls/operation.ts';
import {describedEvents} from './events.ts';
import {anyCall, callersOf, lineOf, refusalsOf, usualRefusal} from './refusals.ts';
import {tags} from './tags.ts';
import {describeWire, nameOfOperation} from './wire-schemas.ts';

type SocketOperation = Operation & {event: string};

const channel = {$ref: '#/channels/socket'};
// Not the operation's name alone: `notification:read` is a call of one device and an event for all.
const nameOfEvent = (event: string) => `${nameOfOperation({event})}Event`;
const security = ['cookie', 'token'].map((name) => ({$ref: `#/components/securitySchemes/${name}`}));
const tagOf = (name: string) => ({$ref: `#/components/tags/${name}`});
const messageOf = (name: string) => ({$ref: `#/channels/socket/messages/${name}`});

/**
 * Describes the Socket.IO API as an AsyncAPI 3 document, from the operation table and the schemas that run.
 *
 * A message's name is the Socket.IO event, and its payload is the only argument. The document takes the gateway's side:
 * the gateway receives operations, replies with acknowledgements, and sends events by itself.
 */
export function asyncapiDocument(operations: readonly Operation[]): object {
  const {schemas, refOf} = describeWire(operations, {target: 'draft-7'});
  const overSocket = operations.filter(
    (operation): operation is SocketOperation => operation.event !== undefined,
  );

  const calls = overSocket.map((operation) => [
    nameOfOperation(operation),
    {
      name: operation.event,
      title: operation.event,
      summary: operation.summary,
      payload: refOf(operation.input),
      examples: [{name: operation.event, payload: operation.example.input}],
    },
  ]);
  const answers = overSocket.map((operation) => [
    `${nameOfOperation(operation)}Answer`,
    {
      name: `${operation.event} (acknowledgement)`,
      title: `Acknowledgement of ${operation.event}`,
      summary: `What ${operation.event} answers, or why it is refused`,
      payload: acknowledgement(refOf(operation.result)),
      examples: [{name: operation.event, payload: {ok: true, data: operation.example.result}}],
    },
  ]);
  const news = Object.entries(serverEvents).map(([event, schema]) => [
    nameOfEvent(event),
    {name: event, title: event, ...aboutEvent(event), payload: refOf(schema), examples: [exampleOf(event)]},
  ]);

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Madang over Socket.IO',
      version: `${PROTOCOL_VERSION}`,
      description:
        'Socket.IO protocol 5 over WebSocket, path /socket.io, namespace /. An operation is an event with one object ' +
        `and an acknowledgement function, at most ${limits.eventBytes} bytes; without the function it is dropped. ` +
        'The handshake takes the session cookie, or `auth: {token}`. Pass over events, types and fields that you do ' +
        `not know. Any call may be refused:\n\n${anyCall.map(usualRefusal).map(lineOf).join('\n')}`,
      license: {name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0'},
      tags: Object.keys(tags).map(tagOf),
    },
    defaultContentType: 'application/json',
    channels: {
      socket: {
        address: '/',
        title: 'One connection',
        description:
          'The namespace `/`. Messages are named after the Socket.IO event; the payload is its one argument.',
        messages: Object.fromEntries([...calls, ...answers, ...news]),
      },
    },
    operations: Object.fromEntries([
      ...overSocket.map((operation) => [nameOfOperation(operation), received(operation)]),
      ...Object.keys(serverEvents).map((event) => [nameOfEvent(event), sent(event as ServerEventName)]),
    ]),
    components: {
      schemas,
      securitySchemes: {
        cookie: {
          type: 'httpApiKey',
          in: 'cookie',
          name: 'madang',
          description: 'The session cookie, sent with the handshake; `__Host-madang` behind https.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A session token `mds_…` or a service key `mdk_…`, as `auth: {token}` of the handshake.',
        },
      },
      tags: Object.fromEntries(
        Object.entries(tags).map(([name, description]) => [name, {name, description}]),
      ),
    },
  };
}

/** A client's call, from the gateway's side. */
function received(operation: SocketOperation): object {
  const name = nameOfOperation(operation);
  const refusals = refusalsOf(operation).map(lineOf);
  const refused =
    refusals.length > 0 ? `\n\nRefused, beside what any call may be:\n\n${refusals.join('\n')}` : '';
  return {
    action: 'receive',
    title: operation.event,
    summary: operation.summary,
    description: `Open to ${callersOf(operation)}.${refused}`,
    tags: [tagOf(operation.tag)],
    security,
    channel,
    messages: [messageOf(name)],
    reply: {channel, messages: [messageOf(`${name}Answer`)]},
  };
}

function sent(event: ServerEventName): object {
  const name = nameOfEvent(event);
  return {action: 'send', title: event, ...aboutEvent(event), security, channel, messages: [messageOf(name)]};
}

function aboutEvent(event: string): object {
  const {summary, tag} = describedEvents[event as ServerEventName];
  return {summary, tags: [tagOf(tag)]};
}

function exampleOf(event: string): object {
  return {name: event, payload: describedEvents[event as ServerEventName].example};
}

function acknowledgement(result: object): object {
  return {
    oneOf: [
      {
        type: 'object',
        properties: {
          ok: {const: true, description: 'True: the call was done.'},
          data: {allOf: [result], description: 'What it answers.'},
        },
        required: ['ok', 'data'],
      },
      {
        type: 'object',
        properties: {
          ok: {const: false, description: 'False: the call was refused.'},
          error: {allOf: [{$ref: '#/components/schemas/Error'}], description: 'Why.'},
        },
        required: ['ok', 'error'],
      },
    ],
  };
}

import {serverEvents} from '@madang/protocol/events';
import {limits} from '@madang/protocol/limits';
import {PROTOCOL_VERSION} from '@madang/protocol/version';
import type {Operation} from '../operation.ts';
import {describeWire, nameOfOperation} from './wire-schemas.ts';

type SocketOperation = Operation & {event: string};

const channel = {$ref: '#/channels/socket'};
// Not the operation's name alone: `notification:read` is both, asked by one device and told to all.
const nameOfEvent = (event: string) => `${nameOfOperation({event})}Event`;
const messageOf = (name: string) => ({$ref: `#/channels/socket/messages/${name}`});

/**
 * Describes the Socket.IO API as an AsyncAPI 3 document, from the operation table and the schemas it runs with.
 *
 * A message's name is the Socket.IO event, its payload the one argument. The document is written from the gateway's
 * side: it receives operations and replies with an acknowledgement, and sends events by itself.
 */
export function asyncapiDocument(operations: readonly Operation[]): object {
  const {schemas, refOf} = describeWire(operations);
  const overSocket = operations.filter(
    (operation): operation is SocketOperation => operation.event !== undefined,
  );
  const events = Object.entries(serverEvents);

  const calls = overSocket.map((operation) => [
    nameOfOperation(operation),
    {name: operation.event, title: operation.event, payload: refOf(operation.input)},
  ]);
  const answers = overSocket.map((operation) => [
    `${nameOfOperation(operation)}Answer`,
    {
      name: `${operation.event} (acknowledgement)`,
      title: `Acknowledgement of ${operation.event}`,
      payload: acknowledgement(refOf(operation.result)),
    },
  ]);
  const news = events.map(([event, schema]) => [
    nameOfEvent(event),
    {name: event, title: event, payload: refOf(schema)},
  ]);

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Madang over Socket.IO',
      version: `${PROTOCOL_VERSION}`,
      description:
        'Socket.IO protocol 5 over WebSocket, path /socket.io, namespace /. An operation is an event with one object ' +
        `and an acknowledgement function, at most ${limits.eventBytes} bytes; without the function it is dropped. ` +
        'The handshake takes the session cookie, or `auth: {token}`.',
      license: {name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0'},
    },
    defaultContentType: 'application/json',
    channels: {
      socket: {
        address: '/',
        title: 'One connection',
        messages: Object.fromEntries([...calls, ...answers, ...news]),
      },
    },
    operations: Object.fromEntries([
      ...overSocket.map((operation) => [
        nameOfOperation(operation),
        {
          action: 'receive',
          title: operation.event,
          channel,
          messages: [messageOf(nameOfOperation(operation))],
          reply: {channel, messages: [messageOf(`${nameOfOperation(operation)}Answer`)]},
        },
      ]),
      ...events.map(([event]) => [
        nameOfEvent(event),
        {action: 'send', title: event, channel, messages: [messageOf(nameOfEvent(event))]},
      ]),
    ]),
    components: {schemas},
  };
}

function acknowledgement(result: object): object {
  return {
    oneOf: [
      {type: 'object', properties: {ok: {const: true}, data: result}, required: ['ok', 'data']},
      {
        type: 'object',
        properties: {ok: {const: false}, error: {$ref: '#/components/schemas/Error'}},
        required: ['ok', 'error'],
      },
    ],
  };
}

/** Every event of a connection: find the operation ▶ run it ▶ acknowledge. The only catch of the socket transport. */
import {randomUUID} from 'node:crypto';
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {Acknowledgement} from '@madang/protocol/events';
import type {Context, Reply} from '../context.ts';
import type {Node} from '../node.ts';
import type {Operation} from '../calls/operation.ts';
import {toWireError, type RunOperation} from '../calls/run-operation.ts';
import type {ChatConnection} from './connection.ts';
import {UnreadInput} from './parser.ts';

/** How many calls of one connection may be under way at once; an honest client needs far fewer. */
const maxRunning = 512;

type Acknowledge = (answer: Acknowledgement<unknown>) => void;

export type Dispatch = (connection: ChatConnection, event: string, args: unknown[]) => Promise<void>;

export function createDispatch(node: Node, operations: readonly Operation[], run: RunOperation): Dispatch {
  const table = new Map(
    operations.flatMap((operation) => (operation.event ? [[operation.event, operation]] : [])),
  );

  function begin(connection: ChatConnection, event: string, args: unknown[]): Promise<Reply<unknown>> {
    if (args[0] instanceof UnreadInput) throw new ChatError('invalid', {message: args[0].reason});
    const operation = table.get(event);
    if (!operation) throw new ChatError('invalid', {message: 'There is no such operation.'});
    if (args.length !== 2)
      throw new ChatError('invalid', {message: 'Send one object and an acknowledgement.'});
    // Expired connections are ended once a second; a call that comes before that is refused, too.
    if (connection.identity.expiresAt <= Date.now()) connection.end('expired');
    if (connection.hasEnded) throw new ChatError('unauthenticated');
    if (connection.measuresEvents) requireSmall(args[0]);
    if (connection.running >= maxRunning) throw new ChatError('overloaded', {retryAfterMs: 200});
    const {caller, address, log} = connection;
    const ctx: Context<Node> = {
      node,
      log,
      tenantId: caller.tenantId,
      address,
      requestId: randomUUID(),
      receivedAt: performance.now(),
      caller,
      connection,
    };
    return run(operation, ctx, args[0]);
  }

  return async (connection, event, args) => {
    const acknowledge = args.at(-1) as Acknowledge;
    if (typeof acknowledge !== 'function') return node.metrics.unacknowledged.inc();
    connection.running += 1;
    try {
      const reply = await begin(connection, event, args);
      acknowledge({ok: true, data: typeof reply === 'function' ? reply() : reply});
      connection.subscriptions.sendFollowUps();
    } catch (error) {
      const wire = toWireError(connection.log, error);
      acknowledge({ok: false, error: wire});
      connection.refused(wire.code);
    } finally {
      connection.running -= 1;
    }
  };
}

function requireSmall(input: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(input) ?? '');
  if (bytes > limits.eventBytes) {
    throw new ChatError('too_large', {message: `An event has at most ${limits.eventBytes} bytes.`});
  }
}

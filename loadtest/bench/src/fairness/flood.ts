/**
 * A process that floods a server in the name of one product until it is told to stop. It then reports the outcomes to its
 * parent: flood.ts <url> <key> sends|handshakes <per second>
 */
import {randomUUID} from 'node:crypto';
import type {Acknowledgement} from '@madang/protocol/events';
import {messageText} from '../message-text.ts';
import {shakeHands} from './handshakes.ts';
import {enterRooms} from './product-room.ts';
import {count, openLoop, type Tally} from './tally.ts';

const connections = 20;

export type FloodResult = {seconds: number; begun: number; outcomes: Tally};

const [url, token, what] = process.argv.slice(2) as [string, string, string];
const perSecond = Number(process.argv[5]);
const outcomes: Tally = {};

const act = what === 'handshakes' ? () => shakeHands(url, token, outcomes) : await sender();
const startedAt = performance.now();
const loop = openLoop(perSecond, act);
process.send!('flooding');
process.once('message', () => {
  loop.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  const result: FloodResult = {seconds, begun: loop.begun(), outcomes};
  process.send!(result, undefined, undefined, () => process.exit(0));
});

/** Sends over one connection after the other, each to its own room, and waits for no answer. */
async function sender(): Promise<() => void> {
  const senders = await enterRooms(url, token, connections);
  let no = 0;
  return () => {
    const {connection, roomId} = senders[(no += 1) % connections]!;
    const message = {roomId, clientId: randomUUID(), text: messageText};
    connection.call('message:send', message).then(
      (answer) => count(outcomes, outcomeOf(answer as Acknowledgement<unknown>)),
      () => count(outcomes, 'closed'),
    );
  };
}

const outcomeOf = (answer: Acknowledgement<unknown>) => (answer.ok ? 'ok' : answer.error.code);

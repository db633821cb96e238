/** Hands this node's clients over to other nodes: tells them, then closes them in slices to avoid a rush. */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Connections} from '../delivery/connections.ts';
import type {ChatConnection} from './connection.ts';

/** Connections closed per second; the nodes that take them authenticate and subscribe each one. */
const perSecond = 500;
const sliceMs = 100;
/**
 * Almost every call is answered within this time. A connection with a call under way is closed last, and after this
 * time in any case.
 */
const callMs = 1_000;

/** Resolves once every connection is closed, at the latest after `limitMs`. */
export async function drainConnections(
  connections: Connections<ChatConnection>,
  limitMs: number,
): Promise<void> {
  const all = [...connections.all()];
  const spreadMs = Math.min(limitMs * 0.75, (all.length / perSecond) * 1_000);
  for (const connection of all) connection.announceEnding('shutting_down', Math.ceil(spreadMs));
  const begunAt = performance.now();
  const sliceSize = Math.ceil((all.length * sliceMs) / Math.max(spreadMs, sliceMs));
  while (connections.size > 0 && performance.now() < begunAt + limitMs) {
    const isLate = performance.now() >= begunAt + spreadMs + callMs;
    const due = [...connections.all()].filter(({running}) => isLate || running === 0);
    for (const connection of due.slice(0, sliceSize)) connection.closeTransport('shutting_down');
    await sleep(sliceMs);
  }
  for (const connection of connections.all()) connection.terminate('shutting_down');
}

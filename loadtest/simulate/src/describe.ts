/** Describes a run as lines, in the order of its events. */
import {describe, seconds, short} from '@madang/verify/checker/violation';
import type {World} from './world/world.ts';

export function describeHistory({history}: World): string[] {
  const lines = history.operations.map((operation) => ({at: operation.invokedAt, line: describe(operation)}));
  for (const {device, roomId, stretches} of history.tracks.values()) {
    for (const {at, via, connection, epoch, after, head, reset, entries} of stretches) {
      const revs = entries.map((index) => `${history.entries[index]!.rev} ${history.entries[index]!.type}`);
      const how = `${via} (${after}, ${head}] of room ${short(roomId)}, epoch ${epoch}${reset ? ', reset' : ''}`;
      lines.push({at, line: `${seconds(at)}: ${device} ${connection}: ${how}: ${revs.join(', ')}`});
    }
  }
  for (const {device, openedAt, closedAt} of history.connections) {
    lines.push({at: openedAt, line: `${seconds(openedAt)}: ${device} connected until ${seconds(closedAt)}`});
  }
  return lines.sort((a, b) => a.at - b.at).map(({line}) => line);
}

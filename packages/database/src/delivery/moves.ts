/** The heads of rooms' logs after their newest moves; -1: the log was replaced, so the room must be read. */
export type Moves = Map<string, number>;

export const replaced = -1;

/** The bytes of one room in `moves.rooms`. */
const roomBytes = 24;

/** Unpacks rows of `moves`, concatenated in any order, from base64. */
export function readMoves(packed: string): Moves {
  const bytes = Buffer.from(packed, 'base64');
  const moves: Moves = new Map();
  for (let at = 0; at < bytes.length; at += roomBytes) {
    const roomId = toUuid(bytes.toString('hex', at, at + 16));
    // Far below 2^53.
    const head = bytes.readInt32BE(at + 16) * 2 ** 32 + bytes.readUInt32BE(at + 20);
    const known = moves.get(roomId);
    if (known === undefined || (known !== replaced && (head > known || head === replaced))) {
      moves.set(roomId, head);
    }
  }
  return moves;
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

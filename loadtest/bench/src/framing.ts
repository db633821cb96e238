/**
 * The text packets of Engine.IO 4 and Socket.IO 5 that a load driver meets, in the default namespace.
 *
 * A driver that shares a core with the stores cannot afford a full client: what a packet is shows in its first two
 * bytes, and an event's body stays as it came.
 */
export const handshakePath = '/socket.io/?EIO=4&transport=websocket';
export const pong = '3';
export const connect = '40';

export type PacketKind = 'open' | 'ping' | 'connected' | 'refused' | 'event' | 'answer' | 'ending' | 'other';

const byFirst: Record<string, PacketKind> = {'0': 'open', '1': 'ending', '2': 'ping'};
const bySecond: Record<string, PacketKind> = {
  '0': 'connected',
  '1': 'ending',
  '2': 'event',
  '3': 'answer',
  '4': 'refused',
};
const message = '4'.charCodeAt(0);

export function kindOf(packet: Buffer): PacketKind {
  const [first = 0, second = 0] = packet;
  const kind =
    first === message ? bySecond[String.fromCharCode(second)] : byFirst[String.fromCharCode(first)];
  return kind ?? 'other';
}

/** An event that asks for an acknowledgement with this number. */
export function encodeCall(event: string, payload: unknown, id: number): string {
  return `42${id}${JSON.stringify([event, payload])}`;
}

export function decodeAnswer(packet: Buffer): {id: number; value: unknown} {
  const text = packet.toString();
  const body = text.indexOf('[');
  return {id: Number(text.slice(2, body)), value: JSON.parse(text.slice(body))[0]};
}

export function decodeEvent(packet: Buffer): {event: string; payload: unknown} {
  const [event, payload] = JSON.parse(packet.toString('utf8', 2));
  return {event, payload};
}

/** With which bytes an event of this name begins, so that others are passed over without parsing. */
export function beginningOf(event: string): Buffer {
  return Buffer.from(`42["${event}",`);
}

export function startsWith(packet: Buffer, beginning: Buffer): boolean {
  const {length} = beginning;
  return packet.length >= length && beginning.compare(packet, 0, length) === 0;
}

export function decodeRefusal(packet: Buffer): string {
  return packet.toString('utf8', 2);
}

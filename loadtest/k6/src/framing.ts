/** The text packets of Engine.IO 4 and Socket.IO 5 that a client meets in the default namespace. Pure. */

export type Packet =
  | {kind: 'open'; pingInterval: number; pingTimeout: number}
  | {kind: 'ping' | 'connected' | 'ending' | 'other'}
  | {kind: 'refused'; error: {message: string; data?: unknown}}
  | {kind: 'event'; name: string; payload: unknown}
  | {kind: 'answer'; id: number; value: unknown};

export const pong = '3';

const other: Packet = {kind: 'other'};
const ending: Packet = {kind: 'ending'};

/** Returns the address of a server's WebSocket, from the one that people type. */
export function socketAddress(url: string): string {
  return `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/socket.io/?EIO=4&transport=websocket`;
}

/** Asks for a connection, with the credential of the handshake if no cookie was sent with it. */
export function encodeConnect(token?: string): string {
  return token === undefined ? '40' : `40${JSON.stringify({token})}`;
}

/** Returns an event that asks for an acknowledgement with this number. */
export function encodeCall(id: number, name: string, payload: unknown): string {
  return `42${id}${JSON.stringify([name, payload])}`;
}

/** Reads one packet. A packet that is not for a client, or is malformed, is `other`. */
export function decode(text: string): Packet {
  try {
    return text.startsWith('4') ? decodeMessage(text) : decodeTransport(text);
  } catch {
    return other;
  }
}

function decodeTransport(text: string): Packet {
  if (text === '2') return {kind: 'ping'};
  if (text === '1') return ending;
  if (!text.startsWith('0')) return other;
  const {pingInterval, pingTimeout} = JSON.parse(text.slice(1));
  return {kind: 'open', pingInterval, pingTimeout};
}

function decodeMessage(text: string): Packet {
  switch (text[1]) {
    case '0':
      return {kind: 'connected'};
    case '1':
      return ending;
    case '2':
      return decodeEvent(text);
    case '3':
      return decodeAnswer(text);
    case '4':
      return {kind: 'refused', error: JSON.parse(text.slice(2))};
    default:
      return other;
  }
}

function decodeEvent(text: string): Packet {
  // A server that asked for an acknowledgement would put its number before the bracket.
  const [name, payload] = JSON.parse(text.slice(text.indexOf('[')));
  return typeof name === 'string' ? {kind: 'event', name, payload} : other;
}

function decodeAnswer(text: string): Packet {
  const body = text.indexOf('[');
  const id = Number(text.slice(2, body));
  return body > 2 && Number.isInteger(id)
    ? {kind: 'answer', id, value: JSON.parse(text.slice(body))[0]}
    : other;
}

/**
 * Creates a decoder for all connections of one room. Each connection receives the same text once, and the decoder parses it
 * once. Callers must not change what it returns.
 */
export function createDecoder(remembered = 64): (text: string) => Packet {
  const known = new Map<string, Packet>();
  return (text) => {
    if (!text.startsWith('42')) return decode(text);
    const found = known.get(text);
    if (found) return found;
    const packet = decode(text);
    known.set(text, packet);
    if (known.size > remembered) known.delete(known.keys().next().value as string);
    return packet;
  };
}

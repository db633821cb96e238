/** Socket.IO's parser, which refuses payloads that later steps cannot handle. */
import {Decoder, Encoder, PacketType} from 'socket.io-parser';
import {findJsonFault} from '../calls/json-text.ts';

/** Stands for an input that was not read. */
export class UnreadInput {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Only the type of an event and the number of its acknowledgement are read: it is refused whatever its name. */
const eventHead = /^2(\d{0,15})\[/;
const headChars = 20;

class CheckingDecoder extends Decoder {
  override add(packet: unknown): void {
    const reason = typeof packet === 'string' ? findJsonFault(packet) : undefined;
    if (reason === undefined) return super.add(packet);
    const [, id] = eventHead.exec((packet as string).slice(0, headChars)) ?? [];
    // The connection ends, since Socket.IO has no answer to a malformed packet.
    if (id === undefined) throw new Error('invalid payload');
    this.emitReserved('decoded', {
      type: PacketType.EVENT,
      nsp: '/',
      id: id === '' ? undefined : Number(id),
      data: ['unread', new UnreadInput(reason)],
    });
  }
}

export const checkingParser = {Encoder, Decoder: CheckingDecoder};

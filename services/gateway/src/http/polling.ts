/** Answers Socket.IO's long polling, with which every client begins unless it is configured otherwise. */
import {randomUUID} from 'node:crypto';
import {ChatError} from '@madang/protocol/errors';
import {Router} from 'express';

const advice = "WebSocket only: set transports: ['websocket'].";
/** Engine.IO's open packet and Socket.IO's refusal of a connection, in one payload. */
const [open, separator, refusal] = ['0', '\u001e', '44'];

/**
 * Refuses long polling so that the client learns why: a request that opens a session gets one, and in the same answer a
 * `connect_error` with the code and what to do. Any other request here gets the same error.
 */
export function refusePolling(): Router {
  const router = Router();
  router.get('/', (req, res, next) => {
    const {EIO, transport, sid} = req.query;
    if (EIO !== '4' || transport !== 'polling' || sid !== undefined) return next();
    const session = {
      sid: randomUUID(),
      upgrades: [],
      pingInterval: 20_000,
      pingTimeout: 10_000,
      maxPayload: 0,
    };
    const data = new ChatError('unsupported', {message: advice}).toWire();
    const packets = [open + JSON.stringify(session), refusal + JSON.stringify({message: advice, data})];
    res.type('text').send(packets.join(separator));
  });
  router.use(() => {
    throw new ChatError('invalid', {message: advice});
  });
  return router;
}

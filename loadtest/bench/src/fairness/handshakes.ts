/** Handshakes that cost the driver as little as possible: one TCP connection each, without a WebSocket library. */
import {randomBytes} from 'node:crypto';
import {connect} from 'node:net';
import {encodeConnect} from '@madang/load/framing';
import {count, type Tally} from './tally.ts';

const text = 0x81;
const masked = 0x80;

/** Begins one, records its outcome, and ends it. */
export function shakeHands(url: string, token: string, tally: Tally): void {
  const {hostname, port} = new URL(url);
  const socket = connect({host: hostname, port: Number(port), noDelay: true});
  let isUpgraded = false;
  const end = (outcome: string) => {
    count(tally, outcome);
    socket.removeAllListeners('close').destroy();
  };
  socket.on('connect', () => socket.write(upgrade(`${hostname}:${port}`)));
  socket.on('data', (chunk) => {
    const answer = chunk.toString('latin1');
    if (!isUpgraded && !answer.startsWith('HTTP/1.1 101')) return end(answer.slice(9, 12));
    if (!isUpgraded) socket.write(frame(encodeConnect(token)));
    isUpgraded = true;
    if (answer.includes('40{"sid"')) return end('ok');
    const code = /"code":"(\w+)"/.exec(answer)?.[1];
    if (code !== undefined) end(code);
  });
  socket.on('error', () => {});
  socket.on('close', () => end('closed'));
}

const upgrade = (host: string) =>
  [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');

/** A short text frame, with a mask of zeros that leaves the text unchanged. */
function frame(content: string): Buffer {
  const bytes = Buffer.from(content);
  if (bytes.length > 125) throw new Error('a short frame has at most 125 bytes');
  return Buffer.concat([Buffer.from([text, masked | bytes.length, 0, 0, 0, 0]), bytes]);
}

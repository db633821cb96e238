/** Accepts every delivery of a webhook at once. It sends its port to the process that started it. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

const server = createServer((req, res) => {
  req.resume();
  req.once('end', () => res.writeHead(204).end());
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());

/** A product's server that receives a webhook. It answers well or badly, and records everything. */
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {TenantEvent} from '@madang/protocol/tenant-events';
import {findFreePort} from '@madang/processes/free-port';
import {readTold, type Delivery, type Trouble} from '../history/deliveries.ts';
import type {Random} from '../random.ts';
import {moods, type Mood} from './moods.ts';

export class Receiver {
  readonly deliveries: Delivery[] = [];
  readonly troubles: Trouble[] = [];
  mood: Mood = moods.well;
  readonly #now: () => number;
  readonly #port: number;
  readonly #random: Random;
  #server: Server | undefined;

  private constructor(now: () => number, port: number, random: Random) {
    this.#now = now;
    this.#port = port;
    this.#random = random;
  }

  static async start(now: () => number, random: Random): Promise<Receiver> {
    const receiver = new Receiver(now, await findFreePort(), random);
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/events`;
  }

  async listen(): Promise<void> {
    const server = createServer((req, res) => void this.#take(req, res).catch(() => res.destroy()));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  /** Ends like a killed process: nobody is answered any more. */
  async end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const {at, body} = {at: this.#now(), body: Buffer.concat((await req.toArray()) as Buffer[])};
    const {data} = JSON.parse(String(body)) as {data: {events: TenantEvent[]; reset?: true}};
    const delivery: Delivery = {
      at,
      webhookId: String(req.headers['webhook-id']),
      outcome: 'unanswered',
      events: data.events.map(readTold),
      isReset: data.reset === true,
    };
    this.deliveries.push(delivery);
    this.mood(delivery, res, this.#random);
  }
}

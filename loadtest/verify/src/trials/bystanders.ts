/** People who continue to talk while something else happens: whether they are served, and whether anyone cuts them off. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {patiently} from '@madang/testkit/patience';
import {RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';

const count = 12;
const sendEveryMs = 200;

type Talker = {client: RawClient; roomId: string};

export class Bystanders {
  /** Without `ms`, it was refused. */
  readonly sends: {at: number; ms: number | undefined}[] = [];
  /** Connections that somebody else ended. */
  cut = 0;
  readonly talkers: readonly Talker[];

  private constructor(talkers: Talker[]) {
    this.talkers = talkers;
    for (const {client} of talkers) {
      client.socket.on('disconnect', (reason) => {
        if (reason !== 'io client disconnect') this.cut += 1;
      });
    }
  }

  /** Each has a room, and connects to one address after the other. They have accounts if their names are needed. */
  static async gather(urls: string[], {accounts = false} = {}): Promise<Bystanders> {
    const talkers = [];
    for (let index = 0; index < count; index += 1) {
      const url = urls[index % urls.length]!;
      const who = accounts ? await registerAccount(url) : await signInGuest(url);
      const client = await RawClient.connect(url, who);
      const {room} = await patiently(() => client.call('room:create', {title: `Bystander ${index}`}));
      talkers.push({client, roomId: room.id});
    }
    return new Bystanders(talkers);
  }

  async talk(stop: AbortSignal): Promise<void> {
    const said: Promise<void>[] = [];
    for (let round = 0; !stop.aborted; round += 1) {
      for (const talker of this.talkers) said.push(this.#say(talker, `on goes it ${round}`));
      await delay(sendEveryMs, undefined, {signal: stop}).catch(() => undefined);
    }
    await Promise.all(said);
  }

  async #say({client, roomId}: Talker, text: string): Promise<void> {
    const at = performance.now();
    const isStored = await client.ask('message:send', {roomId, clientId: randomUUID(), text}).then(
      ({ok}) => ok,
      () => false,
    );
    this.sends.push({at, ms: isStored ? performance.now() - at : undefined});
  }

  close(): void {
    for (const {client} of this.talkers) client.close();
  }
}

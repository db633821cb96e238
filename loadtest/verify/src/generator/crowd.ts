/** All users of the cluster during a run. */
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import type {History} from '../history/history.ts';
import type {Plan} from '../plan.ts';
import type {Random} from '../random.ts';
import type {Device} from './device.ts';
import {PassersBy} from './passers-by.ts';
import {Person} from './person.ts';
import {Prober} from './prober.ts';
import {RawDevice} from './raw-device.ts';
import {Rooms} from './rooms.ts';
import {SdkDevice} from './sdk-device.ts';

const passEveryMs = 4_000;
/** Person n sends as often as 1/n^s says: few people talk much, as in any chat. */
const zipf = 0.7;

export class Crowd {
  readonly people: Person[];
  readonly rooms: Rooms;
  readonly prober: Prober;
  readonly passersBy: PassersBy;
  readonly #perSecond: number;

  private constructor(
    people: Person[],
    rooms: Rooms,
    prober: Prober,
    passersBy: PassersBy,
    perSecond: number,
  ) {
    this.people = people;
    this.rooms = rooms;
    this.prober = prober;
    this.passersBy = passersBy;
    this.#perSecond = perSecond;
  }

  static async gather(
    history: History,
    cluster: ProcessCluster,
    plan: Pick<Plan, 'people' | 'perSecond'>,
    random: Random,
  ): Promise<Crowd> {
    const url = cluster.url ?? cluster.gateways[0]!.url;
    const owner = await SdkDevice.register(history, url, 'owner');
    const rooms = await Rooms.create(history, owner);
    const people: Person[] = [];
    for (let index = 0; index < plan.people; index += 1) {
      const name = index === 0 ? 'owner' : `person ${index}`;
      const sdk = index === 0 ? owner : await SdkDevice.register(history, url, name);
      const raw = index % 2 === 0 ? secondDevice(history, url, name, sdk) : undefined;
      await rooms.welcome(owner, sdk);
      people.push(new Person(name, {sdk, ...(raw ? {raw} : {})}, rooms, random.fork()));
    }
    const prober = await Prober.create(history, cluster.gateways, rooms.square);
    const urls = cluster.gateways.map((gateway) => gateway.url);
    const passersBy = new PassersBy(history, urls, rooms.square, random.fork());
    return new Crowd(people, rooms, prober, passersBy, plan.perSecond);
  }

  /** The devices that stay. Passers-by are gone when `live` resolves. */
  get devices(): Device[] {
    return [...this.people.flatMap(({sdk, raw}) => (raw ? [sdk, raw] : [sdk])), ...this.prober.devices];
  }

  /** Returns somebody who is in this room. */
  memberOf(roomId: string): Person {
    const member = this.people.find(({sdk}) => sdk.position(roomId) !== undefined);
    if (!member) throw new Error(`nobody is in room ${roomId}`);
    return member;
  }

  /** Everyone is active until told to stop. Resolves once all operations are answered, or given up. */
  async live(stop: AbortSignal): Promise<void> {
    const shares = this.people.map((_, index) => 1 / (index + 1) ** zipf);
    const sum = shares.reduce((all, share) => all + share, 0);
    await Promise.all([
      ...this.people.map((person, index) =>
        person.live(1_000 / (this.#perSecond * (shares[index]! / sum)), stop),
      ),
      this.prober.probe(stop),
      this.passersBy.pass(passEveryMs, stop),
    ]);
  }

  close(): void {
    for (const device of this.devices) device.close();
  }
}

/** Returns a second device of the same session. The first one renews the session when necessary. */
function secondDevice(history: History, url: string, name: string, {client, owner}: SdkDevice): RawDevice {
  const who = async () => ({user: client.user!, cookie: client.cookie!});
  return new RawDevice(
    history,
    url,
    {user: client.user!, cookie: client.cookie!},
    {...owner, device: `${name}/raw`},
    who,
  );
}

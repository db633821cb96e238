/** Everything that a product learns about a run: by a webhook during the run, and again by GET /events at the end. */
import {addApiKey} from '@madang/database/access/api-keys';
import {addWebhook} from '@madang/database/events/webhooks';
import type {Database} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {ReadEventsResult} from '@madang/protocol/tenant-events';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {patientRequest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {asSuperuser} from '../superuser.ts';
import {readTold, type Deliveries, type ToldEvent} from '../history/deliveries.ts';
import type {Random} from '../random.ts';
import {moods} from './moods.ts';
import {Receiver} from './receiver.ts';

const settleWithinMs = 60_000;
const pageOfEvents = 100;

/** The environment in which a cluster's processes send events soon; the waits in production take hours. */
export const hearingEnv = {
  WEBHOOK_SECRET: 'a secret of more than 32 characters that signs deliveries',
  OUTBOUND_ALLOW: '127.0.0.0/8',
  MADANG_WEBHOOK_TIMES: 'timeoutMs=1500,leaseMs=4000,firstRetryMs=100,longestRetryMs=1000',
};

export class Hearing {
  readonly receiver: Receiver;
  /** `position` is where it begins. Nothing before it is delivered. */
  readonly webhook: {id: string; tenantId: string; position: number};
  readonly #cluster: ProcessCluster;
  readonly #token: string;

  private constructor(
    receiver: Receiver,
    webhook: Hearing['webhook'],
    cluster: ProcessCluster,
    token: string,
  ) {
    this.receiver = receiver;
    this.webhook = webhook;
    this.#cluster = cluster;
    this.#token = token;
  }

  /** Makes the tenant keep events, and the product oversee the rooms that are created from now on. */
  static async open(cluster: ProcessCluster, now: () => number, random: Random): Promise<Hearing> {
    const receiver = await Receiver.start(now, random);
    let [webhook, token] = [{id: '', tenantId: '', position: 0}, ''];
    await asSuperuser(cluster, async (db) => {
      const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
      await setPolicy(db, {tenantId, policy: overseenPolicy(), changes: []});
      webhook = {...(await addWebhook(db, {tenantId, url: receiver.url})).webhook, tenantId};
      token = (await addApiKey(db, {tenantId, service: 'hearing', scopes: ['read']})).key;
    });
    return new Hearing(receiver, webhook, cluster, token);
  }

  /**
   * Waits until everything was delivered, and pulls the same events. If that fails, the deliveries show what is missing.
   */
  async conclude({withinMs = settleWithinMs} = {}): Promise<Deliveries> {
    this.receiver.mood = moods.well;
    const isAllTold = async () => {
      const {isNumbered, last, position} = await this.#where();
      return isNumbered && position === last;
    };
    await waitFor(isAllTold, {timeoutMs: withinMs, everyMs: 200, what: 'all to be told'}).catch(
      () => undefined,
    );
    const {position} = await this.#where();
    const pulled = await this.#pull(position);
    const {deliveries, troubles} = this.receiver;
    return {deliveries: [...deliveries], troubles, pulled, position};
  }

  close(): Promise<void> {
    return this.receiver.end();
  }

  /** Returns the position of the last change, once all changes have one. */
  async numbered(): Promise<number> {
    const isDone = async () => (await this.#where()).isNumbered;
    await waitFor(isDone, {timeoutMs: settleWithinMs, everyMs: 200, what: 'all to be numbered'});
    return (await this.#where()).last;
  }

  /** Resolves once the webhook has delivered everything up to a position. */
  async toldUpTo(position: number, timeoutMs: number): Promise<void> {
    const isTold = async () => (await this.#where()).position >= position;
    await waitFor(isTold, {timeoutMs, everyMs: 200, what: 'all to be told'});
  }

  async #where(): Promise<{isNumbered: boolean; last: number; position: number}> {
    const [row] = await this.#query<{isNumbered: boolean; last: number; position: number}>(`
      select p.position as last, w.position, not exists (select from event_notes) and not exists (
          select from rooms r left join event_rooms e on e.room_id = r.id
          where r.tenant_id = w.tenant_id and r.head <> coalesce(e.head, 0)) as "isNumbered"
      from webhooks w join event_positions p using (tenant_id)`);
    return row!;
  }

  async #query<Row>(text: string): Promise<Row[]> {
    let rows: Row[] = [];
    await asSuperuser(
      this.#cluster,
      async (db: Database) => void (rows = await db.query<Row>({name: '', text})),
    );
    return rows;
  }

  /** Returns all events from where the webhook began up to this position, from one node after the other. */
  async #pull(position: number): Promise<ToldEvent[]> {
    const {gateways} = this.#cluster;
    const events: ToldEvent[] = [];
    for (let [page, after, more] = [0, this.webhook.position, true]; more && after < position; page += 1) {
      const {url} = gateways[page % gateways.length]!;
      const path = `/events?after=${after}&limit=${pageOfEvents}`;
      const {status, body} = await patientRequest(url, 'GET', path, {token: this.#token});
      if (status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`);
      const read = body as unknown as ReadEventsResult;
      events.push(...read.events.map(readTold));
      [after, more] = [read.next, read.more === true];
    }
    return events.filter((event) => event.position <= position);
  }
}

function overseenPolicy() {
  const {types, ...rest} = presetPolicy('community');
  const [room, direct] = [types.room, types.direct].map((type) => ({...type, oversight: true}));
  return {...rest, eventDays: 7, types: {room: room!, direct: direct!}};
}

/** A product's backend that sends notifications, and people on several devices who receive them. */
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {CreateNotificationsInput, Notification} from '@madang/protocol/notifications';
import {RawClient, patientRequest, registerAccount, type SignedIn} from '@madang/testkit/raw-client';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

export type Service = {
  key: string;
  /** Notifies through one of the nodes, and retries while it is refused for now; returns the ids. */
  notify(
    url: string,
    input: Omit<CreateNotificationsInput, 'type' | 'data'> & {data?: object},
  ): Promise<string[]>;
};

export async function startService(databaseUrl: string, name = 'desk'): Promise<Service> {
  const db = createDatabase({url: databaseUrl, log: silent, applicationName: 'test', maxConnections: 1});
  const tenant = await findTenantByHost(db, '127.0.0.1');
  const {key: token} = await addApiKey(db, {tenantId: tenant.id, service: name});
  await db.close();
  return {
    key: token,
    async notify(node, input) {
      const body = {type: 'order', data: {}, ...input};
      const answer = await patientRequest<{ids: string[]}>(node, 'POST', '/notifications', {token, body});
      if (answer.status !== 202) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body.ids;
    },
  };
}

export type Told = {notification: Notification; unread: number};
export type Read = {ids: string[]; unread: number};

export const toldOf = (client: RawClient) => client.events<Told>('notification:created');
export const idsToldTo = (client: RawClient) => toldOf(client).map(({notification}) => notification.id);
export const readOn = (client: RawClient) => client.events<Read>('notification:read');

/** One person, with a device on each of these nodes. */
export async function onDevices(urls: readonly string[]): Promise<{who: SignedIn; devices: RawClient[]}> {
  const who = await registerAccount(urls[0]!);
  return {who, devices: await Promise.all(urls.map((url) => RawClient.connect(url, who)))};
}

/** What the product does with Madang: its rules, its users' tokens, and a private room for each case. */
import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {createServer, signToken, type Server} from '@madang/server';
import {addAccount, removeAccount, type Account} from './accounts.ts';

export type Desk = Awaited<ReturnType<typeof openDesk>>;
type DeskOptions = {url: string; chatUrl: string; key: string; agents: string};

const audience = 'chat';

/** `agents` is a list of `name:password`, separated by commas. */
export async function openDesk({url, chatUrl, key, agents: list}: DeskOptions) {
  const server = createServer({url: chatUrl, key});
  // A desk of several processes, or one whose restarts nobody should notice, keeps its key instead of making one.
  const kid = randomUUID();
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  await setRules(server, url, {...publicKey.export({format: 'jwk'}), kid});
  const agents = list.split(',').map((each) => {
    const [name = '', password = ''] = each.split(':');
    return addAccount(name, password, 'agent');
  });
  await server.putUsers(agents.map(({id, name}) => ({externalId: id, name})));

  return {
    server,
    chatUrl,

    /**
     * Returns a token with which the page of an account connects to Madang for five minutes. Then the page asks for another
     * one.
     */
    tokenFor: ({id, name}: Account) =>
      signToken({
        key: {...privateKey.export({format: 'jwk'}), kid},
        issuer: url,
        audience,
        externalId: id,
        name,
      }),

    /**
     * Returns the room of a customer's case. The first call creates it: the same `externalId` always gets the same room.
     */
    async openCase({id, name}: Account) {
      await server.putUser(id, {name});
      return server.createRoom({
        type: 'case',
        title: name,
        externalId: `case-${id}`,
        data: {customerId: id},
        members: [{user: id}, ...agents.map((agent) => ({user: agent.id, role: 'moderator' as const}))],
      });
    },

    /** Returns all messages of a case, as text. */
    async *transcript(roomId: string) {
      for await (const {message} of server.exportRoom(roomId)) {
        if (message) yield `${message.createdAt} ${message.sender.name}: ${message.text}\n`;
      }
    },

    /** Deletes a customer here and in Madang, which erases what the customer wrote within a minute. */
    async deleteCustomer(id: string) {
      for await (const room of server.rooms({externalIds: [`case-${id}`]})) await server.closeRoom(room.id);
      await server.deleteUser(id);
      removeAccount(id);
    },
  };
}

/**
 * The policy: who signs the users in, which pages may call, and what a case is: a room that the product creates and
 * oversees.
 */
async function setRules(server: Server, url: string, publicKey: object): Promise<void> {
  const issuer = {issuer: url, audience, jwks: [publicKey]};
  const grants = {create: 'service', join: 'service', add: 'service'};
  const patch = {
    origins: [url],
    eventDays: 7,
    signIn: {register: false, guests: false, issuers: [issuer]},
    types: {
      case: {visibility: 'private', guests: 'none', oversight: true, keepDays: 365, closedDays: 30, grants},
    },
  };
  await server.updateTenant({version: (await server.tenant()).version, patch});
}

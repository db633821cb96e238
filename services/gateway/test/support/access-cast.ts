/** The people of the access tests, and how each calls an operation over HTTP or a socket. */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {findTenantByHost, insertTenant} from '@madang/database/operator/tenants';
import {createDatabase} from '@madang/database/connections/pool';
import type {WireError} from '@madang/protocol/errors';
import {
  RawClient,
  Refused,
  patientRequest,
  registerAccount,
  signInGuest,
  type SignedIn,
} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import type {Operation} from '../../src/calls/operation.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {startGateways, type Gateways} from './gateways.ts';
import {drawing, headersOf, upload, type Credential} from './uploads.ts';

export const kinds = [
  'anonymous',
  'stranger',
  'member',
  'muted',
  'moderator',
  'owner',
  'banned',
  'guest',
  'other tenant',
  'revoked',
  // Depends on the place instead of the person: a session that is valid in another tenant.
  'misplaced',
  'service',
  // The other tenant's key, at this tenant's host name.
  'foreign service',
] as const;
export type Kind = (typeof kinds)[number];

/** The outcome of a call: `ok` with its result, or the code of the refusal. */
export type Outcome = {code: string; details?: Record<string, unknown>; result?: unknown};
export type Input = Record<string, unknown>;

type Person = SignedIn & {username?: string; password?: string};
export type Caller = {url: string; cookie?: string; token?: string; connect(): Promise<RawClient>};
const isService = (kind: Kind | 'newcomer' | 'target') => kind === 'service' || kind === 'foreign service';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

export class Cast {
  readonly #cluster: Gateways;
  readonly #people = new Map<Kind | 'newcomer' | 'target', Person>();
  readonly #callers = new Map<Kind, Caller>();

  private constructor(cluster: Gateways) {
    this.#cluster = cluster;
  }

  static async assemble(): Promise<Cast> {
    // Keeps a revoked connection open long enough to be refused once for every operation.
    const cluster = await startGateways(1, {REVOKED_CLOSE_MS: '600000'});
    const cast = new Cast(cluster);
    const db = createDatabase({
      url: cluster.databaseUrl,
      log: silent,
      applicationName: 'test',
      deadlineMs: 20_000,
    });
    const other = await insertTenant(db, {name: 'other', hosts: ['localhost']});
    const own = await findTenantByHost(db, '127.0.0.1');
    // Users have equal names, and so do rooms: names in one tenant mean nothing in another.
    for (const [kind, {id: tenantId}] of [['service', own] as const, ['foreign service', other] as const]) {
      const {user, key} = await addApiKey(db, {tenantId, service: 'backend'});
      cast.#people.set(kind, {user, cookie: '', token: key});
    }
    await db.close();
    for (const kind of kinds) {
      if (kind === 'anonymous' || kind === 'misplaced' || isService(kind)) continue;
      const url = cast.#urlOf(kind);
      cast.#people.set(kind, await (kind === 'guest' ? signInGuest(url) : registerAccount(url)));
    }
    for (const extra of ['newcomer', 'target'] as const)
      cast.#people.set(extra, await registerAccount(cast.#urlOf('member')));
    for (const kind of kinds) cast.#callers.set(kind, await cast.#begin(kind));
    return cast;
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  userId(who: Kind | 'newcomer' | 'target'): string {
    return this.#person(who).user.id;
  }

  /** One call over HTTP by a person whose state does not change. */
  async http(who: Kind | 'target', method: string, path: string, body?: unknown): Promise<Input> {
    const {cookie, token} = this.#person(who);
    const answer = await patientRequest(this.#urlOf(who), method, path, {cookie, token, body});
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A new ticket for an account of this tenant, or of the other one. */
  async ticket(ofOther: boolean): Promise<string> {
    const [service, kind] = ofOther
      ? (['foreign service', 'other tenant'] as const)
      : (['service', 'target'] as const);
    const {ticket} = await this.http(service, 'POST', '/auth/tickets', {userId: this.userId(kind)});
    return ticket as string;
  }

  /** The product's own id of a new user of the tenant. */
  async customer(): Promise<string> {
    const externalId = randomUUID();
    await this.http('service', 'PUT', `/users/${externalId}`, {name: 'A customer'});
    return externalId;
  }

  /** An image of a person whose state does not change. */
  async image(who: Kind): Promise<string> {
    const {attachment} = await upload(this.#urlOf(who), this.#person(who), {
      bytes: await drawing(8, 8),
    });
    return attachment!.id;
  }

  username(who: Kind | 'target'): string {
    return this.#person(who).username!;
  }

  /**
   * Calls as a person of that kind. Operations that end a session get a separate one, so that the next call still has
   * one.
   */
  async call(kind: Kind, operation: Operation, over: 'http' | 'socket', input: Input): Promise<Outcome> {
    const caller = endsSessions(operation)
      ? await this.#begin(kind, nameOf(operation))
      : this.#callers.get(kind)!;
    return callAs(caller, operation, over, input);
  }

  /** A caller of that kind: with a new account if the account is deleted, else with a new session. */
  async #begin(kind: Kind, purpose = ''): Promise<Caller> {
    const url = this.#urlOf(kind);
    if (kind === 'anonymous') return callerOf(url, undefined);
    if (isService(kind)) return callerOf(url, this.#person(kind));
    const origin = kind === 'misplaced' ? 'other tenant' : kind;
    const who = purpose === 'DELETE /me' ? await this.#double(origin) : await this.#signInAgain(origin);
    const caller = callerOf(url, who);
    if (kind !== 'revoked') return caller;
    const connection = await caller.connect();
    await patientRequest(url, 'POST', '/auth/logout', {cookie: who.cookie, body: {}});
    await waitFor(() => connection.events('session:ending').length > 0, {
      timeoutMs: 5_000,
      what: 'the revoked connection to be told',
    });
    return caller;
  }

  #double(kind: Kind): Promise<Person> {
    return kind === 'guest' ? signInGuest(this.#urlOf(kind)) : registerAccount(this.#urlOf(kind));
  }

  async #signInAgain(kind: Kind): Promise<Person> {
    const person = this.#person(kind);
    // A guest cannot sign in again, so each of its sessions belongs to another guest. Only the first is in rooms.
    if (kind === 'guest') return this.#callers.has(kind) ? this.#double(kind) : person;
    const {username, password} = person;
    const {cookie} = await patientRequest(this.#urlOf(kind), 'POST', '/auth/login', {
      body: {username, password},
    });
    return {...person, cookie: cookie!};
  }

  /** Host names choose the tenant: `localhost` leads to the other tenant. */
  #urlOf(kind: Kind | 'newcomer' | 'target'): string {
    const [url] = this.#cluster.urls as [string];
    return kind === 'other tenant' ? url.replace('127.0.0.1', 'localhost') : url;
  }

  #person(who: Kind | 'newcomer' | 'target'): Person {
    return this.#people.get(who)!;
  }
}

export function endsSessions({http}: Operation): boolean {
  return http?.path.startsWith('/auth/') === true || (http?.method === 'delete' && http.path === '/me');
}

export function callerOf(url: string, who: SignedIn | undefined): Caller {
  let connected: Promise<RawClient> | undefined;
  return {
    url,
    cookie: who?.cookie,
    token: who?.token,
    // Anonymous callers are refused each time they try; the others keep their connection.
    connect: () => (connected ??= RawClient.connect(url, who ?? ({cookie: ''} as SignedIn))),
  };
}

/** One call, repeated while the refusal is temporary. */
export function callAs(
  caller: Caller,
  operation: Operation,
  over: 'http' | 'socket',
  input: Input,
): Promise<Outcome> {
  return over === 'http' ? callHttp(caller, operation, input) : callSocket(caller, operation, input);
}

async function callHttp({url, cookie, token}: Caller, {http}: Operation, input: Input): Promise<Outcome> {
  const {method, path, takes, answers} = http!;
  if (takes === 'file') {
    const {status, error} = await upload(url, {cookie, token}, {bytes: await drawing(8, 8)});
    return !error && status !== http!.status ? {code: `status ${status}`} : outcomeOf(error);
  }
  const rest = new Map(Object.entries(input));
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest.get(name)));
    rest.delete(name);
    return value;
  });
  const body = Object.fromEntries(rest);
  const query = method === 'get' ? `?${new URLSearchParams(body as Record<string, string>)}` : '';
  if (answers === 'file') return fileOutcome(`${url}/api/v1${filled}`, {cookie, token});
  if (answers === 'lines') return linesOutcome(`${url}/api/v1${filled}`, {cookie, token});
  const answer = await patientRequest(url, method.toUpperCase(), filled + query, {
    cookie,
    token,
    body: method === 'get' ? undefined : body,
  });
  const expected = http!.status ?? 200;
  if (!answer.body.error && answer.status !== expected) return {code: `status ${answer.status}`};
  return outcomeOf(answer.body.error, answer.body);
}

async function fileOutcome(address: string, credential: Credential): Promise<Outcome> {
  const answer = await fetch(address, {headers: headersOf(credential)});
  const isImage = answer.headers.get('content-type')?.startsWith('image/');
  if (isImage && (await answer.arrayBuffer()).byteLength > 0) return outcomeOf(undefined);
  return outcomeOf(((await answer.json()) as {error: WireError}).error);
}

async function linesOutcome(address: string, credential: Credential): Promise<Outcome> {
  const answer = await fetch(address, {headers: headersOf(credential)});
  const lines = (await answer.text()).trimEnd().split('\n');
  const last = JSON.parse(lines.at(-1)!) as {type?: string; error?: WireError};
  return last.type === 'end' ? outcomeOf(undefined) : outcomeOf(last.error);
}

async function callSocket(caller: Caller, {event}: Operation, input: Input): Promise<Outcome> {
  try {
    const connection = await caller.connect();
    return await waitFor(
      async () => {
        const answer = await connection.ask(event as never, input as never);
        if (answer.ok) return outcomeOf(undefined, answer.data);
        return !answer.error.retryable && outcomeOf(answer.error);
      },
      {timeoutMs: 15_000, what: `${event} to be decided`, everyMs: 200},
    );
  } catch (error) {
    if (error instanceof Refused) return outcomeOf(error.error);
    throw error;
  }
}

function outcomeOf(error: WireError | undefined, result?: unknown): Outcome {
  return error ? {code: error.code, details: error.details} : {code: 'ok', result};
}

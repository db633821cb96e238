/**
 * Admits a connection: may this node take one more now ▶ allowed origin ▶ known host ▶ credential ▶ not too often ▶
 * session, or the user of a JWT.
 *
 * Handshakes are refused here instead of in the transport, so that the client learns the code (`err.data`). Cheap
 * checks come before anything is read from Redis or Postgres.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Socket} from 'socket.io';
import {ChatError} from '@madang/protocol/errors';
import type {ConnectionPlaces} from '@madang/redis/connection-places';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {FairRate} from '@madang/runtime/fair-rate';
import type {Logger} from '@madang/runtime/log';
import type {AuditTrail} from '../audit/audit-trail.ts';
import type {ProvenCredential} from '../identity/credentials.ts';
import type {Identify, Identity} from '../identity/identify.ts';
import {EndedKey} from '../identity/service-keys.ts';
import {TokenRefused} from '../jwt/verify-token.ts';
import type {Lane} from '../lanes/lane.ts';
import {originRefusal} from '../identity/origins.ts';
import type {GatewayMetrics} from '../metrics.ts';
import type {RateRules} from '../calls/rate-rules.ts';
import {toWireError} from '../calls/run-operation.ts';
import {noteEndedKey, noteKeyUse, noteRefusedToken, noteTokenUse} from '../audit/sign-in-audit.ts';
import type {Call} from '../identity/trusted-proxies.ts';

export type HandshakeDeps = {
  identify: Identify;
  limits: RateLimits;
  rules: RateRules;
  lane: Lane;
  /** Limits the handshakes that this node admits; tenants share the rate fairly. */
  admission: FairRate;
  /** The number of open sockets of the address, including this one. */
  openFrom(address: string): number;
  perAddress: number;
  /** Loads a tenant's policy on this node. */
  tenantOf(tenantId: string): Promise<unknown>;
  /** The connection places of each tenant, over all nodes. */
  places: Pick<ConnectionPlaces, 'take'>;
  ready(deadlineAt: number): Promise<void>;
  readyWithinMs: number;
  inboxHead(userId: string): Promise<number>;
  audit: AuditTrail;
  metrics: GatewayMetrics;
  log: Logger;
};

/** The results of a handshake, kept on the socket until it becomes a connection. */
export type Admitted = {
  identity: Identity;
  address: string;
  startedAt: number;
  /** The end of the user's inbox at the handshake; the connection is told what comes after. */
  inboxHead: number;
};

export function createHandshake(deps: HandshakeDeps) {
  const {identify, limits, rules, lane, metrics, log} = deps;

  async function check(socket: Socket): Promise<Admitted> {
    const {headers, auth} = socket.handshake;
    const by = identify.presumed(callOf(socket), auth);
    if (!deps.admission.take(by.tenant)) {
      throw new ChatError('overloaded', {retryAfterMs: 500 + Math.floor(Math.random() * 2_000)});
    }
    if (!(await identify.isAllowedOrigin('GET', callOf(socket)))) throw originRefusal(headers.origin);
    const given = identify.credentialOf(headers, auth);
    // A key fixes the tenant, whatever the host name.
    const tenant = given?.from === 'key' ? undefined : await identify.tenantOf(callOf(socket));
    const credential = await identify.soleCredential(given, tenant?.id);
    if (!credential) throw new ChatError('unauthenticated');
    if (!identify.isKeyOfService(credential)) requirePlace(addressOf(socket));
    // Before its turn: handshakes whose keys must be fetched first wait without blocking others.
    const proven = await identify.prove(credential, tenant?.id).catch((error: unknown) => {
      if (error instanceof TokenRefused && tenant)
        noteRefusedToken(deps.audit, error, {...callIdOf(socket), tenantId: tenant.id});
      throw error;
    });
    if (proven.from !== 'key') await limits.take(rules.handshakes, hashOf(proven));
    return lane.inTurn({...by, tenant: tenant?.id ?? by.tenant}, () => load(socket, proven, tenant?.id));
  }

  async function load(socket: Socket, credential: ProvenCredential, tenantId?: string): Promise<Admitted> {
    // Counted from its turn: a wait in line does not mean that the node lags.
    const startedAt = performance.now();
    if (!socket.conn || socket.conn.readyState !== 'open') throw new ChatError('unavailable');
    await deps.ready(startedAt + deps.readyWithinMs);
    const call = callIdOf(socket);
    const identity = await identify.load(credential, tenantId, 'socket').catch((error: unknown) => {
      if (error instanceof EndedKey) noteEndedKey(deps.audit, error, call, 'socket');
      throw error;
    });
    if (!identity) throw new ChatError('unauthenticated');
    if (credential.from === 'key') noteKeyUse(deps.audit, identity, call, 'socket');
    if (identity.token) noteTokenUse(deps.audit, {...identity, token: identity.token}, call);
    await takePlace(socket, identity.tenantId);
    const inboxHead = await deps.inboxHead(identity.user.id);
    return {identity, address: addressOf(socket), startedAt, inboxHead};
  }

  /** Held until the transport is closed, whether or not it becomes a connection. */
  async function takePlace({conn}: Socket, tenantId: string): Promise<void> {
    await deps.tenantOf(tenantId);
    const leave = await deps.places.take(tenantId);
    if (conn.readyState === 'open') conn.once('close', leave);
    else leave();
  }

  function requirePlace(address: string): void {
    if (deps.openFrom(address) <= deps.perAddress) return;
    throw new ChatError('rate_limited', {
      message: 'Too many connections are open from this address. Close some, or wait.',
      retryAfterMs: 5_000 + Math.floor(Math.random() * 5_000),
      details: {limit: 'connections', per: 'address', connectionsPerAddress: deps.perAddress},
    });
  }

  const addressOf = (socket: Socket) => identify.addressOf(callOf(socket));
  /** The connection's id serves as the request id: log lines have it. */
  const callIdOf = (socket: Socket) => ({address: addressOf(socket), requestId: socket.id});

  return async (socket: Socket, next: (error?: Error) => void): Promise<void> => {
    try {
      socket.data.admitted = await check(socket);
      next();
    } catch (error) {
      const wire = toWireError(log, error);
      metrics.handshakesRefused.inc({code: wire.code});
      // Beyond this rate an address must wait for its refusals, which slows it down.
      const isFlood = await limits.take(rules['refused-handshakes'], addressOf(socket)).then(
        () => false,
        () => true,
      );
      if (isFlood) await sleep(1_000);
      next(Object.assign(new Error(wire.message), {data: wire}));
    }
  };
}

function hashOf(credential: Exclude<ProvenCredential, {from: 'key'}>): string {
  return credential.from === 'jwt' ? credential.token.tokenHash : credential.sessionHash;
}

/** The address is kept with the connection: once a connection is closed, its request has none. */
function callOf({conn, handshake}: Socket): Call {
  return {headers: handshake.headers, socket: {remoteAddress: conn.remoteAddress}};
}

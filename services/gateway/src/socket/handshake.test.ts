import {setImmediate as turn} from 'node:timers/promises';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import type {Socket} from 'socket.io';
import {expect, test} from 'vitest';
import {createLanes} from '../lanes/lanes.ts';
import {createGatewayMetrics} from '../metrics.ts';
import {createHandshake, type HandshakeDeps} from './handshake.ts';

/** A handshake that loads sessions when the test says so. */
function setUp() {
  const loading: {address: string; done(): void}[] = [];
  const identify = {
    isAllowedOrigin: () => true,
    credentialOf: ({cookie}: {cookie: string}) => ({from: 'cookie', sessionHash: cookie}),
    presumed: ({headers}: {headers: {address: string}}) => ({tenant: 'tenant', address: headers.address}),
    tenantOf: async () => ({id: 'tenant'}),
    soleCredential: async (credential: object) => credential,
    isKeyOfService: () => false,
    prove: async (credential: object) => credential,
    addressOf: ({headers}: {headers: {address: string}}) => headers.address,
    load: ({sessionHash}: {sessionHash: string}) =>
      new Promise((resolve) => {
        const done = () => resolve({user: {id: sessionHash}, tenantId: 'tenant'});
        loading.push({address: sessionHash.split('/')[0]!, done});
      }),
  };
  const handshake = createHandshake({
    identify,
    limits: {take: async () => undefined},
    rules: {},
    lane: createLanes().handshake,
    admission: {take: () => true},
    openFrom: () => 1,
    perAddress: 100,
    tenantOf: async () => undefined,
    places: {take: async () => () => undefined},
    ready: async () => undefined,
    readyWithinMs: 1_000,
    inboxHead: async () => 0,
    audit: {},
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: createLogger({name: 'test', level: 'silent'}),
  } as unknown as HandshakeDeps);
  let no = 0;
  const knock = (address: string) => {
    const socket = {
      id: String(no),
      conn: {readyState: 'open', remoteAddress: address, once: () => undefined},
      handshake: {headers: {address, cookie: `${address}/${no++}`}, auth: {}},
      data: {},
    };
    const outcome = new Promise<string>((resolve) => {
      void handshake(socket as unknown as Socket, (error?: Error & {data?: {code: string}}) =>
        resolve(error?.data?.code ?? 'admitted'),
      );
    });
    return {socket, outcome};
  };
  return {loading, knock};
}

test('loads few sessions at once, however many come, and all of them in the end', async () => {
  const {loading, knock} = setUp();
  const storm = Array.from({length: 50}, () => knock('a'));
  await turn();
  expect(loading).toHaveLength(4);

  for (let done = 0; done < 50; done += 1) {
    loading[done]!.done();
    await turn();
    expect(loading.length - done - 1).toBeLessThanOrEqual(4);
  }

  expect(await Promise.all(storm.map(({outcome}) => outcome))).toEqual(Array(50).fill('admitted'));
});

test('an address that comes later does not wait for all of another one', async () => {
  const {loading, knock} = setUp();
  for (let count = 0; count < 50; count += 1) knock('a');
  await turn();
  const late = knock('b');
  await turn();

  for (let done = 0; done < 6; done += 1) {
    loading[done]!.done();
    await turn();
  }
  loading.find(({address}) => address === 'b')?.done();

  expect(await late.outcome).toBe('admitted');
  expect(loading.length).toBeLessThan(15);
});

test('loads no session for a socket that is gone by its turn', async () => {
  const {loading, knock} = setUp();
  for (let count = 0; count < 4; count += 1) knock('a');
  const gone = knock('b');
  await turn();
  gone.socket.conn.readyState = 'closed';

  loading[0]!.done();

  expect(await gone.outcome).toBe('unavailable');
  expect(loading).toHaveLength(4);
});

test('refuses as overloaded what finds the line full', async () => {
  const {knock} = setUp();
  for (let count = 0; count < 4 + 4_000; count += 1) knock(`address ${count % 100}`);
  await turn();

  expect(await knock('late').outcome).toBe('overloaded');
});

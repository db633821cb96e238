// Design §1 of the shared backend: every operation that services may call, for a key with only one scope. A missing row
// or cell fails, so no operation is added without a decision about its scope.
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {WireError} from '@madang/protocol/errors';
import {scopes, type Scope} from '@madang/protocol/keys';
import {patientRequest, RawClient, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {anyone, person} from '../../src/calls/access.ts';
import type {Operation} from '../../src/calls/operation.ts';
import {operations} from '../../src/operations.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {listScopes} from '../../src/calls/scopes.ts';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {httpSamples, samples} from '../support/malformations.ts';

/** + is let through, - is refused for lack of the scope. */
const table = `
                              admin    users    rooms    members  read     send     act      import
  POST /auth/tickets          -        +        -        -        -        -        -        -
  PUT /users/:user            -        +        -        -        -        -        -        -
  GET /users/:user            -        +        -        -        -        -        -        -
  PUT /users                  -        +        -        -        -        -        -        -
  DELETE /users/:user         -        +        -        -        -        -        -        -
  POST /users/:user/disable   -        +        -        -        -        -        -        -
  POST /users/:user/enable    -        +        -        -        -        -        -        -
  POST /users/:user/sign-out  -        +        -        -        -        -        -        -
  GET /users/:user/export     -        -        -        -        +        -        -        -
  tenant:get                  +        -        -        -        -        -        -        -
  tenant:update               +        -        -        -        -        -        -        -
  GET /usage                  +        -        -        -        -        -        -        -
  GET /webhooks               +        -        -        -        -        -        -        -
  GET /webhooks/:id           +        -        -        -        -        -        -        -
  POST /webhooks              +        -        -        -        -        -        -        -
  PATCH /webhooks/:id         +        -        -        -        -        -        -        -
  DELETE /webhooks/:id        +        -        -        -        -        -        -        -
  POST /webhooks/:id/test     +        -        -        -        -        -        -        -
  POST /webhooks/:id/replay   +        -        -        -        -        -        -        -
  POST /webhooks/:id/rotate   +        -        -        -        -        -        -        -
  GET /events                 -        -        -        -        +        -        -        -
  GET /keys                   +        -        -        -        -        -        -        -
  GET /keys/:id               +        -        -        -        -        -        -        -
  POST /keys                  +        -        -        -        -        -        -        -
  DELETE /keys/:id            +        -        -        -        -        -        -        -
  session:start               -        -        -        -        +        +        -        -
  user:update                 -        -        -        -        -        +        -        -
  user:list                   -        +        -        -        -        -        -        -
  user:get                    -        +        -        -        -        -        -        -
  presence:set                -        -        -        -        -        +        -        -
  presence:watch              -        +        -        -        -        -        -        -
  presence:unwatch            -        +        -        -        -        -        -        -
  lobby:watch                 -        -        -        -        +        +        -        -
  lobby:unwatch               -        -        -        -        +        +        -        -
  room:list                   -        -        -        -        +        +        -        -
  room:create                 -        -        +        -        -        +        -        -
  room:get                    -        -        +        -        +        +        -        -
  room:update                 -        -        +        -        -        +        -        -
  room:prefs                  -        -        -        -        -        +        -        -
  room:close                  -        -        +        -        -        +        -        -
  room:join                   -        -        -        -        -        +        -        -
  direct:open                 -        -        -        -        -        +        -        -
  room:leave                  -        -        -        -        -        +        -        -
  room:members                -        -        -        -        +        +        -        -
  member:add                  -        -        +        +        -        -        -        -
  member:update               -        -        +        -        -        +        -        -
  member:remove               -        -        +        +        -        -        -        -
  invite:create               -        -        +        +        -        -        -        -
  invite:list                 -        -        +        +        -        -        -        -
  invite:revoke               -        -        +        +        -        -        -        -
  room:sync                   -        -        -        -        +        +        -        -
  message:list                -        -        -        -        +        +        -        -
  message:search              -        -        -        -        +        +        -        -
  message:send                -        -        -        -        -        +        -        -
  message:edit                -        -        -        -        -        +        -        -
  message:delete              -        -        +        -        -        +        -        -
  message:pin                 -        -        +        -        -        +        -        -
  reaction:set                -        -        -        -        -        +        -        -
  reaction:list               -        -        -        -        +        +        -        -
  thread:list                 -        -        -        -        +        +        -        -
  thread:follow               -        -        -        -        -        +        -        -
  report:create               -        -        -        -        -        +        -        -
  report:list                 -        -        +        -        -        -        -        -
  report:decide               -        -        +        -        -        -        -        -
  audit:list                  +        -        -        -        -        -        -        -
  POST /files                 -        -        -        -        -        +        -        -
  GET /files/:fileId          -        -        -        -        +        +        -        -
  GET /files/:fileId/thumbnail
                              -        -        -        -        +        +        -        -
  typing:set                  -        -        -        -        -        +        -        -
  read:mark                   -        -        -        -        -        +        -        -
  POST /notifications         -        -        -        -        -        +        -        -
  notification:list           -        -        -        -        +        +        -        -
  notification:read           -        -        -        -        -        +        -        -
  room:truncate               -        -        +        -        -        +        -        -
  PUT /rooms/:roomId/members  -        -        +        -        -        -        -        -
  POST /rooms/:roomId/import  -        -        -        -        -        -        -        +
  POST /messages/read         -        -        -        -        +        -        -        -
  file:sign                   -        -        -        -        +        +        -        -
  GET /rooms/:roomId/export   -        -        -        -        +        -        -        -
`;
const columns = ['admin', 'users', 'rooms', 'members', 'read', 'send', 'act', 'import'] satisfies Scope[];
const expected = readTable(table);
const ofServices = operations.filter(({policy}) => policy !== anyone && policy !== person);

let cluster: Gateways;
let url: string;
const callers = new Map<Scope, SignedIn>();
const sockets = new Map<Scope, RawClient>();
beforeAll(async () => {
  cluster = await startGateways(1);
  [url] = cluster.urls as [string];
  const silent = {debug() {}, info() {}, warn() {}, error() {}};
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    deadlineMs: 20_000,
  });
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  for (const scope of scopes) {
    const {key, user} = await addApiKey(db, {tenantId, service: `with-${scope}`, scopes: [scope]});
    callers.set(scope, {user, cookie: '', token: key});
    sockets.set(scope, await RawClient.connect(url, callers.get(scope)!));
  }
  await db.close();
});
afterAll(async () => {
  for (const socket of sockets.values()) socket.close();
  await cluster.stop();
});

test('every operation that services may call is decided for every scope', () => {
  expect([...expected.keys()].sort()).toEqual(ofServices.map(nameOf).sort());
  for (const [name, row] of expected) {
    expect([name, ...Object.keys(row)]).toEqual([name, ...columns]);
    expect([name, ...Object.values(row)]).toEqual([
      name,
      ...Object.values(row).map((cell) => (cell === '+' ? '+' : '-')),
    ]);
  }
  expect([...columns].sort()).toEqual([...scopes].sort());
});

const cells = ofServices.flatMap((operation) =>
  (['http', 'socket'] as const)
    .filter((over) => (over === 'http' ? operation.http : operation.event))
    .map((over) => ({name: nameOf(operation), over, operation})),
);

test.each(cells)(
  '$name over $over lets the keys through that the table names',
  async ({name, over, operation}) => {
    const found: Record<string, string> = {};
    for (const scope of columns) {
      const error = await (over === 'http' ? callHttp(scope, operation) : callSocket(scope, operation));
      const isRefused = error?.code === 'forbidden' && error.details?.['scope'] !== undefined;
      if (isRefused) expect(error.details).toEqual({scope: listScopes(operation.scope!)[0]});
      found[scope] = isRefused ? '-' : '+';
    }

    expect(found).toEqual(expected.get(name));
  },
);

function inputOf(operation: Operation): Record<string, unknown> {
  const name = nameOf(operation);
  // Nothing is replaced or revoked, and this test does not cover which scopes a key may pass on.
  if (name === 'POST /keys') return {service: 'new', scopes: ['admin']};
  // Some of their other fields require further scopes.
  if (name === 'room:create') return {title: 'Courtyard'};
  if (name === 'room:list') return {};
  const known: Record<string, object> = {...samples, ...httpSamples};
  return {
    ...known[name],
    clientId: undefined,
    ...(name.startsWith('message:send') ? {clientId: randomUUID()} : {}),
  };
}

async function callHttp(scope: Scope, operation: Operation): Promise<WireError | undefined> {
  const {method, path} = operation.http!;
  const rest = new Map(Object.entries(inputOf(operation)).filter(([, value]) => value !== undefined));
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest.get(name)));
    rest.delete(name);
    return value;
  });
  const {token} = callers.get(scope)!;
  const body = method === 'get' ? undefined : Object.fromEntries(rest);
  const answer = await patientRequest(url, method.toUpperCase(), filled, {token, body});
  return answer.body.error;
}

async function callSocket(scope: Scope, operation: Operation): Promise<WireError | undefined> {
  return waitFor(
    async () => {
      const answer = await sockets.get(scope)!.ask(operation.event as never, inputOf(operation) as never);
      if (answer.ok) return {code: 'invalid', message: '', retryable: false} satisfies WireError;
      return !answer.error.retryable && answer.error;
    },
    {timeoutMs: 15_000, what: `${operation.event} to be decided`, everyMs: 200},
  );
}

/** Name -> scope -> cell; a long name has a separate line. */
function readTable(text: string) {
  const joined = text.replaceAll(/(\S)\n {20,}(?=[+-])/g, '$1  ');
  const [head = '', ...rows] = joined.split('\n').filter((line) => line.trim() !== '');
  const names = head.trim().split(/\s+/) as Scope[];
  return new Map(
    rows.map((row) => {
      const [, name = '', marks = ''] = /^(.*?) {2,}([-+ ]*)$/.exec(row.trim()) ?? [];
      return [name, Object.fromEntries(marks.split(/\s+/).map((mark, column) => [names[column], mark]))];
    }),
  );
}

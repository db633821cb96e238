import {expect, test} from 'vitest';
import {reasonOf} from './log-reason.ts';

test.each([
  [
    'an exception nobody caught',
    `/srv/node_modules/pg-pool/index.js:45
    Error.captureStackTrace(err)
    ^

error: database "nodb" does not exist
    at Parser.parseErrorMessage (/srv/node_modules/pg-protocol/src/parser.ts:368:69) {
  severity: 'FATAL',
  code: '3D000'
}

Node.js v24.21.0`,
    'error: database "nodb" does not exist',
  ],
  [
    'a log of ours',
    `{"level":"warn","msg":"redis is down","err":{"message":"ECONNREFUSED"}}
{"level":"fatal","msg":"bug: leaving at once","err":{"type":"Error","message":"it broke"}}`,
    'bug: leaving at once: it broke',
  ],
  [
    'a fault of configuration',
    'configuration: SESSION_SECRET is required',
    'configuration: SESSION_SECRET is required',
  ],
  [
    'Postgres',
    `2026-11-21 12:00:00.000 UTC [7] LOG:  starting PostgreSQL
2026-11-21 12:00:00.001 UTC [7] FATAL:  could not create lock file "postmaster.pid": No space left on device
2026-11-21 12:00:00.002 UTC [7] LOG:  database system is shut down`,
    'FATAL:  could not create lock file "postmaster.pid": No space left on device',
  ],
  [
    'HAProxy',
    `[NOTICE]   (7) : haproxy version is 2.6.12
[ALERT]    (7) : config : parsing [haproxy.cfg:3]: unknown keyword 'servr'.
[ALERT]    (7) : config : Fatal errors found in configuration.`,
    "[ALERT]    (7) : config : parsing [haproxy.cfg:3]: unknown keyword 'servr'.",
  ],
  ['what it does not know', 'one\ntwo\n', 'two'],
])('finds the reason in %s', (_, log, reason) => {
  expect(reasonOf(log)).toBe(reason);
});

test('has none for an empty log', () => {
  expect(reasonOf('')).toBeUndefined();
});

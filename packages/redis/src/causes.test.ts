import type {Logger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, test} from 'vitest';
import {causeOf, createCauses} from './causes.ts';

const reply = (message: string) => Object.assign(new Error(message), {name: 'ReplyError'});
const system = (code: string, message = code) => Object.assign(new Error(message), {code});

test.each([
  [reply("OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:3."), 'OOM'],
  [reply("READONLY You can't write against a read only replica."), 'READONLY'],
  [reply('MOVED 3999 127.0.0.1:6381'), 'MOVED'],
  [reply('WRONGPASS invalid username-password pair or user is disabled.'), 'WRONGPASS'],
  [reply("ERR unknown command 'x', with args beginning with: 'a secret'"), 'ERR'],
  [reply('SOMETHING new'), 'ERR'],
  [new Error('Command timed out'), 'timeout'],
  [new Error("Socket timeout. Expecting data, but didn't receive any in 3000ms."), 'timeout'],
  [system('ECONNREFUSED'), 'unreachable'],
  [system('SELF_SIGNED_CERT_IN_CHAIN'), 'tls'],
  [new Error('All sentinels are unreachable. Retrying from scratch after 500ms.'), 'unreachable'],
  [new Error('Connection is closed.'), 'disconnected'],
])('%s has the cause %s', (error, cause) => {
  expect(causeOf(error)).toBe(cause);
});

test('tells each cause of a connection once a minute, counts all, and repeats no argument', async () => {
  const lines: unknown[] = [];
  const log = {warn: (fields: unknown) => lines.push(fields)} as unknown as Logger;
  const metrics = createMetrics();
  const causes = createCauses(log, metrics);

  for (let at = 0; at < 3; at += 1) {
    causes.note(
      'commands',
      reply("ERR unknown command 'x', with args beginning with: 'a secret'"),
      'redis:6379',
    );
    causes.note('sessions', reply('OOM command not allowed'), 'redis:6379');
    causes.note('sessions', new Error('Connection is closed.'));
  }

  expect(lines).toEqual([
    {client: 'commands', cause: 'ERR', server: 'redis:6379', reason: "ERR unknown command 'x'"},
    {client: 'sessions', cause: 'OOM', server: 'redis:6379', reason: 'OOM command not allowed'},
  ]);
  expect(causes.recent('sessions')).toBe('OOM');
  const counted = await metrics.getSingleMetricAsString('madang_redis_faults_total');
  expect(counted).toContain('client="sessions",cause="OOM"} 3');
  expect(counted).toContain('client="sessions",cause="disconnected"} 3');
});

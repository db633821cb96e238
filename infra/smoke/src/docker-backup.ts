import {patiently} from '@madang/testkit/patience';
/** Backup, destroy, restore. Users and history are back, and clients learn that their logs are not continued. */
import {join} from 'node:path';
import {createClient} from '../../../packages/client/src/client.ts';
import {waitFor} from '@madang/testkit/wait-for';
import type {Stack} from './compose-stack.ts';
import {expect, run, step} from './steps.ts';

export async function checkBackup(stack: Stack, url: string, dir: string): Promise<void> {
  const file = join(dir, 'madang.dump');
  const login = {username: `smoke${Date.now()}`, password: 'a right password'};
  const client = createClient({url, times: {retryMs: 200, retryMaxMs: 1_000}});
  try {
    await patiently(() => client.register(login));
    await client.connect();
    const roomId = (await client.call('room:create', {title: 'Kept', ephemeral: false})).room.id;
    for (const text of ['one', 'two', 'three']) await client.send(roomId, text);
    await step(
      'backup',
      () => run('infra/postgres/backup', [file], stack.env),
      (said) => said,
    );
    await client.send(roomId, 'lost with the disk');
    const {epoch, rev} = client.rooms.get(roomId)!.timeline.cursor;

    await step('destroy the database', async () => {
      await stack.compose('rm', '-sf', 'postgres');
      await stack.docker('volume', 'rm', 'madang-smoke_postgres');
      await stack.compose('up', '-d', '--no-deps', 'postgres');
      await stack.untilHealthy('postgres');
    });
    await step('restore', async () => {
      await run('infra/postgres/restore', [file], stack.env);
      await stack.untilHealthy('gateway');
    });
    await step('the client that was there drops what is not continued, and goes on', async () => {
      const timeline = () => client.rooms.get(roomId)!.timeline;
      await waitFor(() => client.status === 'online' && timeline().cursor.epoch !== epoch, {
        timeoutMs: 30_000,
        what: 'the client to learn the new epoch',
      });
      await client.loadEarlier(roomId);
      const texts = timeline().messages.map(({text}) => text);
      expect(texts.join() === 'one,two,three', `it shows ${texts.join()}`);
      await client.send(roomId, 'four');
    });
    await step('no stale cursor is accepted', async () => {
      const frame = await client.call('room:sync', {roomId, epoch, after: rev});
      expect(frame.reset === true && frame.epoch !== epoch, `it was answered ${JSON.stringify(frame)}`);
    });
    await step('users sign in again with their password', async () => {
      const again = createClient({url});
      const user = await patiently(() => again.login(login));
      again.close();
      expect(user.name === login.username, 'another user answered');
    });
  } finally {
    client.close();
  }
}

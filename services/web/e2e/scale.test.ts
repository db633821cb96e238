import {gzipSync} from 'node:zlib';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {conversation} from './conversation.ts';
import {openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {Stage} from './stage.ts';

const MAX_SCRIPT_BYTES = 170 * 1024;

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

test('the first page needs at most 170 KiB of script', async () => {
  const visitor = await stage.enter();
  const scripts: Promise<Buffer>[] = [];
  visitor.page.on('response', (answer) => {
    if (answer.request().resourceType() === 'script') scripts.push(answer.body());
  });

  await visitor.goTo('/');
  await visitor.page.getByRole('button', {name: 'Enter as a guest'}).waitFor();

  const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
});

test('a tab has one socket, however fast one goes from page to page', async () => {
  const {mina, roomId} = {...people, ...(await meetInRoom(people))};
  await waitFor(async () => (await connectionsAt(0)) === 1, {timeoutMs: 10_000, what: 'only one tab'});
  for (let round = 0; round < 5; round += 1) {
    await openLobby(mina);
    await mina.page.goBack();
    await mina.page.goForward();
    await mina.page.goBack();
  }
  await conversation(mina).waitFor();
  const tab = await mina.newTab();
  await tab.goTo(`/rooms/${roomId}`);
  await conversation(tab).waitFor();

  await waitFor(async () => (await connectionsAt(0)) === 2, {timeoutMs: 10_000, what: 'one for each tab'});
  expect(tab.sockets).toHaveLength(1);
});

async function connectionsAt(node: number): Promise<number> {
  const text = await (await fetch(stage.cluster.gateways[node]!.metricsUrl)).text();
  return Number(/^madang_connections(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
}

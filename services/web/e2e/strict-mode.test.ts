import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {composer, conversation, message, say} from './conversation.ts';
import {comeIn, newName} from './entry.ts';
import {createRoom, lobbyRow, openLobby, sharedPath} from './lobby.ts';
import {Stage} from './stage.ts';

const webRoot = fileURLToPath(new URL('..', import.meta.url));

let dir: string;
let stage: Stage;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'madang-web-'));
  await buildForDevelopment(dir);
  stage = await Stage.open({env: {WEB_DIR: dir}});
});
afterAll(async () => {
  await stage.close();
  await rm(dir, {recursive: true});
});

/** Uses the React build in which `StrictMode` runs every effect twice; the production build never does. */
async function buildForDevelopment(outDir: string): Promise<void> {
  const vite = fileURLToPath(import.meta.resolve('vite')).replace(/dist\/.*$/, 'bin/vite.js');
  const args = [vite, 'build', '--mode', 'development', '--outDir', outDir, '--emptyOutDir'];
  const env = {...process.env, NODE_ENV: 'development'};
  await promisify(execFile)(process.execPath, args, {cwd: webRoot, env});
}

test('a tab has one socket under StrictMode too, however fast one goes from page to page', async () => {
  const [mina, joon] = [await stage.enter(), await stage.enter()];
  const sent: string[] = [];
  mina.page.on('websocket', (socket) =>
    socket.on('framesent', ({payload}) => void sent.push(String(payload))),
  );
  await comeIn(mina, newName('mina'));
  await composer(mina).waitFor();
  await openLobby(mina);
  await waitFor(() => operations(sent).length === 3, {timeoutMs: 15_000, what: 'the lobby to be watched'});
  // The one effect that the server sees proves that this page runs effects twice.
  expect(operations(sent)).toEqual(['lobby:watch', 'lobby:unwatch', 'lobby:watch']);
  await comeIn(joon, newName('joon'));
  await createRoom(joon, {title: newName('Live'), keep: true});
  await lobbyRow(mina, 'Live').getByRole('link').click();

  for (let round = 0; round < 5; round += 1) {
    await openLobby(mina);
    await mina.page.goBack();
    await mina.page.goForward();
    await mina.page.goBack();
  }
  await conversation(mina).waitFor();
  await say(mina, 'still one of me');
  await message(joon, 'still one of me').waitFor();
  await expect(message(joon, 'still one of me').count()).resolves.toBe(1);
  const tab = await mina.newTab();
  await tab.goTo(sharedPath(mina));
  await conversation(tab).waitFor();

  await waitFor(async () => (await stage.connectionsAt(0)) === 2, {
    timeoutMs: 10_000,
    what: 'one for each tab',
  });
  expect([mina, tab].map(({sockets}) => sockets.length)).toEqual([1, 1]);
});

function operations(sent: readonly string[]): string[] {
  return sent.flatMap((frame) => /"(lobby:\w+)"/.exec(frame)?.[1] ?? []);
}

import {afterAll, beforeAll, expect, test} from 'vitest';
import {chooseOfMessage, composer, message, say} from './conversation.ts';
import {newName, register} from './entry.ts';
import {LAN_HOST} from './hosts.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test('over plain http on a LAN address, where browsers withhold what is for secure pages, one chats all the same', async () => {
  const at = (node: number) => stage.nodeUrl(node).replace('127.0.0.1', LAN_HOST);
  const people = [await stage.enter({at: at(0)}), await stage.enter({at: at(1)})] as const;
  const names = [newName('mina'), newName('joon')] as const;
  await register(people[0], names[0]);
  await register(people[1], names[1]);

  await expect(people[0].page.evaluate(() => isSecureContext)).resolves.toBe(false);
  await say(people[0], 'From the living room');
  await message(people[1], 'From the living room', names[0]).waitFor();
  await chooseOfMessage(people[1], 'From the living room', 'Copy');
  await composer(people[1]).focus();

  // The browser takes a moment to fill its clipboard.
  await expect
    .poll(
      async () => {
        await composer(people[1]).fill('');
        await people[1].page.keyboard.press('Control+V');
        return composer(people[1]).inputValue();
      },
      {timeout: 10_000},
    )
    .toBe('From the living room');
});

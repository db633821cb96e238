/** The content that is hardest to lay out of everything that people can write and send. */
import type {Person} from './person.ts';
import type {Picture} from './pictures.ts';

export const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
export const longLine = `at Object.<anonymous> (/srv/app/node_modules/@scope/package/${'deep/'.repeat(40)}index.js:1:1)`;
export const address = `https://example.com/${'path-without-an-end'.repeat(20)}?q=${'x'.repeat(300)}`;
export const worst = [
  `\`\`\`\n${longLine}\n\tat ${longLine}\n\`\`\``,
  `\`${longLine}\``,
  word.repeat(10),
  '가나다라마바사아자차카타파하'.repeat(40),
  `see ${address} there`,
  `**${word}** _${word}_ ~~${word}~~`,
  'ｗｉｄｅ'.repeat(60),
  '﷽'.repeat(40),
  '👨‍👩‍👧‍👦'.repeat(60),
  `שלום ${'ש'.repeat(200)} hello`,
];
export const titles = [
  word.slice(0, 80),
  'W'.repeat(24),
  '가'.repeat(80),
  `A room with a title ${'that goes on '.repeat(4)}`,
];
const longFile = `${'a-file-name-that-never-ends-'.repeat(6)}.png`;

/** A picture four times as wide as it is high. */
export async function landscape({page}: Person): Promise<Picture> {
  const base64 = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 1600, height: 400});
    canvas.getContext('2d')!.fillRect(0, 0, 1600, 400);
    return canvas.toDataURL('image/png').split(',')[1]!;
  });
  return {name: longFile, mimeType: 'image/png', buffer: Buffer.from(base64, 'base64')};
}

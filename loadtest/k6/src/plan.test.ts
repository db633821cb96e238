import {expect, test} from 'vitest';
import {BadPlan, readPlan, roomsOf, scenarios, usersOf} from './plan.ts';

const given = {url: 'http://127.0.0.1:8080/', key: 'mdk_1'};

test('takes what was typed, and the rest from the scenario', () => {
  const plan = readPlan('steady-chat', {...given, users: '25', durationMs: '5m', rate: '0.5'});

  expect(plan).toEqual({
    scenario: 'steady-chat',
    url: 'http://127.0.0.1:8080',
    key: 'mdk_1',
    users: 25,
    roomSize: 10,
    rate: 0.5,
    rampMs: 10_000,
    durationMs: 300_000,
    storms: 0,
  });
});

test('every scenario runs with a URL and a key alone', () => {
  for (const name of Object.keys(scenarios)) expect(readPlan(name, given).scenario).toBe(name);
});

test('says in one line what is wrong', () => {
  const wrong: [string | undefined, Record<string, string>, string][] = [
    [undefined, given, 'say which scenario'],
    ['toString', given, 'say which scenario'],
    ['idle', {key: 'mdk_1'}, '--url'],
    ['idle', {...given, url: 'localhost:8080'}, '--url'],
    ['idle', {url: given.url}, '--key'],
    ['idle', {...given, users: '1e3'}, '--users'],
    ['idle', {...given, users: '1'}, '--users'],
    ['idle', {...given, roomSize: '1'}, '--room-size'],
    ['idle', {...given, durationMs: '30'}, '--duration'],
    ['idle', {...given, rate: '-1'}, '--rate'],
  ];

  for (const [scenario, options, words] of wrong) {
    const attempt = () => readPlan(scenario, options);
    expect(attempt, words).toThrow(BadPlan);
    expect(attempt).toThrow(words);
  }
});

test('puts every user into a room, and none into a room alone', () => {
  for (const [users, roomSize] of [
    [100, 10],
    [25, 10],
    [3, 10],
    [11, 10],
    [300, 300],
  ] as const) {
    const rooms = roomsOf({users, roomSize});
    const each = Array.from({length: rooms}, (_, index) => usersOf({users, roomSize}, index));

    expect(each.reduce((sum, count) => sum + count, 0)).toBe(users);
    expect(Math.min(...each)).toBeGreaterThanOrEqual(2);
  }
});

/** The shortest schedules that show why two lines of delivery are needed. Random schedules rarely reach them. */
import {expect, test} from 'vitest';
import {runGiven} from './crew.ts';
import type {Act, ActKind, Schedule} from './schedule.ts';

const within = {timeout: 120_000};
/** Each seed decides where the balancer sends a client, and how long each answer takes. */
const seeds = Array.from({length: 20}, (_, index) => index + 1);
const calm = {nodes: 2, rooms: 2, loss: 1, doubles: 0, busMs: 2, pulseMs: 150, failing: 0, flaky: 0};
const late = {slowReads: 1, verySlow: 1};
const owner = 0;
const passerBy = 5;

function act(kind: ActKind, who: number, where: number, how: Partial<Act> = {}): Act {
  return {kind, who, where, afterMs: 0, isDuring: false, ms: 1, ...how};
}

async function violationsIn(schedule: Omit<Schedule, 'seed'>, mutant?: string): Promise<string[]> {
  const results = await runGiven(
    seeds.map((seed) => ({...schedule, seed})),
    {mutant},
  );
  return results.flatMap(({finding}) => finding?.violations.map(({invariant}) => invariant) ?? []);
}

test('a move that is told while a room is being opened is read once it is open', within, async () => {
  const schedule = {
    ...calm,
    ...late,
    statement: 'read_state',
    acts: [act('join', passerBy, 1), act('send', owner, 1, {isDuring: true})],
  };

  expect(await violationsIn(schedule)).toEqual([]);
  expect(await violationsIn(schedule, 'moves-before-the-opening-are-ignored')).toContain('lost');
});

test('a join of before the connection is not told ahead of its rooms', within, async () => {
  const schedule = {
    ...calm,
    ...late,
    statement: 'list_my_rooms',
    acts: [
      act('drop', passerBy, 0),
      act('send', owner, 0),
      act('ring', passerBy, 0, {isDuring: true}),
      act('drop', passerBy, 0, {afterMs: 80}),
    ],
  };

  expect(await violationsIn(schedule)).toEqual([]);
  expect(await violationsIn(schedule, 'joined-overtakes-the-answer')).toContain('gap');
});

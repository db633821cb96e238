/**
 * Attacks that need nothing but a connection: one guest, one address or fifty addresses call as fast as they can, while
 * bystanders talk. No bystander may be cut off or kept waiting, and what the attack leaves behind must be bounded.
 */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {patiently} from '@madang/testkit/patience';
import type {Goal} from '../report/goal.ts';
import {inMs, quantile} from '../report/measure.ts';
import type {Targets} from './abuse/attacker.ts';
import type {Orders} from './abuse/attackers.ts';
import {attacks, type Attack} from './abuse/attacks.ts';
import {crowds, type Crowd} from './abuse/crowds.ts';
import {growthOf, readKept, type Growth} from './abuse/growth.ts';
import {Bystanders} from './bystanders.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

const usualSeconds = 15;
const mostMs = 500;
/** The wait that counts for a refused send: longer than anyone should wait. */
const refusedMs = 10_000;

const attackersFile = fileURLToPath(new URL('abuse/attackers.ts', import.meta.url));

type Outcome = {attack: Attack; crowd: Crowd; p99Ms: number; cut: number; refused: number; growth: Growth};

export const abuse: Trial = {
  name: 'abuse',
  says: 'one guest, one address and fifty addresses do what they should not, while others talk',
  act: (say, {attack, seconds} = {}) =>
    withCluster(
      async (cluster) => {
        const chosen = attacks.filter(({name}) => attack === undefined || name === attack);
        if (chosen.length === 0) {
          throw new Error(`--attack is one of ${attacks.map(({name}) => name).join(', ')}`);
        }
        const outcomes: Outcome[] = [];
        for (const each of chosen) {
          say(`\n${each.name}: ${each.says}`);
          for (const crowd of crowds) {
            const network = 1 + attacks.indexOf(each) * crowds.length + crowds.indexOf(crowd);
            const outcome = await suffer(cluster, {attack: each, crowd, network, seconds}, say);
            outcomes.push(outcome);
          }
        }
        say(summarise(outcomes));
        return chosen.map((each) =>
          judge(
            each,
            outcomes.filter((outcome) => outcome.attack === each),
          ),
        );
      },
      {env: {RATE_LIMITS: ''}},
    ),
};

type Plan = {attack: Attack; crowd: Crowd; network: number; seconds: number | undefined};

/** Each attack has its own bystanders and network, so that nothing is left over from the previous one. */
async function suffer(
  cluster: ProcessCluster,
  {attack, crowd, network, seconds = attack.seconds ?? usualSeconds}: Plan,
  say: (line: string) => void,
): Promise<Outcome> {
  const url = cluster.url!;
  const bystanders = await Bystanders.gather([url], {accounts: true});
  const stop = new AbortController();
  try {
    const targets = await prepare(bystanders);
    const before = await readKept(cluster);
    const talking = bystanders.talk(stop.signal);
    const orders = {url, attack: attack.name, crowd: crowd.name, network, seconds, targets};
    const answers = await run(orders);
    stop.abort();
    await talking;
    const growth = growthOf(before, await readKept(cluster), bystanders.sends.length);
    const outcome = {attack, crowd, growth, ...served(bystanders)};
    say(`${crowd.says}: answered ${answers}`);
    say(`  ${describe(outcome)}`);
    return outcome;
  } finally {
    stop.abort();
    bystanders.close();
  }
}

async function prepare({talkers}: Bystanders): Promise<Targets> {
  const [first, second] = talkers as [(typeof talkers)[0], (typeof talkers)[0]];
  const locked = await patiently(() =>
    second.client.call('room:create', {title: 'Safe', password: '482915'}),
  );
  return {
    userIds: talkers.map(({client}) => client.user.id),
    usernames: talkers.map(({client}) => client.user.name),
    publicRoomId: first.roomId,
    lockedRoomId: locked.room.id,
  };
}

/** Attacks until the time is over. Returns the answers that the attackers received, the most frequent first. */
async function run(orders: Orders): Promise<string> {
  const attackers = fork(attackersFile, [JSON.stringify(orders)]);
  try {
    const ended = once(attackers, 'exit').then(([code]) => {
      throw new Error(`the attackers ended with ${code}`);
    });
    const [sum] = (await Promise.race([once(attackers, 'message'), ended])) as [[string, number][]];
    ended.catch(() => undefined);
    const most = sum.toSorted((a, b) => b[1] - a[1]).slice(0, 6);
    return most.map(([answer, times]) => `${answer} ${times}`).join(', ') || 'nothing';
  } finally {
    attackers.kill('SIGKILL');
  }
}

function served({sends, cut}: Bystanders) {
  const times = sends.map(({ms}) => ms ?? refusedMs);
  const refused = sends.filter(({ms}) => ms === undefined).length;
  return {p99Ms: quantile(times, 0.99) ?? refusedMs, cut, refused};
}

function describe({p99Ms, cut, refused, growth}: Outcome): string {
  return `bystanders: ${cut} cut, ${refused} sends refused, p99 ${inMs(p99Ms)}; ${growth.says}`;
}

function isMet({crowd, p99Ms, cut, growth}: Outcome): boolean {
  const isBounded = growth.rows <= crowd.mostRows && growth.redisMiB <= crowd.mostRedisMiB;
  return cut === 0 && p99Ms <= mostMs && isBounded;
}

function judge({name, says}: Attack, outcomes: Outcome[]): Goal {
  const bounds = crowds.map(({mostRows, mostRedisMiB}) => `${mostRows} rows and ${mostRedisMiB} MiB`);
  const here = outcomes.map((outcome) => {
    const {crowd, p99Ms, cut, growth} = outcome;
    const left = `+${growth.rows} rows, +${growth.redisMiB.toFixed(1)} MiB in Redis`;
    return `${crowd.says} ${cut} cut, p99 ${inMs(p99Ms)}, ${left}`;
  });
  return {
    what: `abuse, ${name}: ${says}`,
    goal: `0 cut, p99 ≤ ${inMs(mostMs)}, at most ${bounds.join(', ')}`,
    here: here.join('; '),
    isMet: outcomes.every(isMet),
  };
}

function summarise(outcomes: Outcome[]): string {
  const worst = outcomes.toSorted((a, b) => b.p99Ms - a.p99Ms)[0]!;
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  const missed = outcomes.filter((outcome) => !isMet(outcome));
  return (
    `abuse: ${outcomes.length} attacks, ${sum(({cut}) => cut)} bystanders cut, worst p99 ${inMs(worst.p99Ms)} ` +
    `(${worst.attack.name}, ${worst.crowd.says}), +${sum(({growth}) => growth.rows)} rows, ` +
    `+${sum(({growth}) => growth.redisMiB).toFixed(1)} MiB in Redis, ${missed.length} missed` +
    (missed.length === 0
      ? ''
      : `: ${missed.map(({attack, crowd}) => `${attack.name} by ${crowd.says}`).join(', ')}`)
  );
}

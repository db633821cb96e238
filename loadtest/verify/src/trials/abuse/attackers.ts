/**
 * A process of attackers, so that their work does not delay the bystanders' clock. When their time is over, it reports the
 * answers that they received: attackers.ts <orders as JSON>
 */
import {setTimeout as delay} from 'node:timers/promises';
import {setPriority} from 'node:os';
import {Attacker, type Targets} from './attacker.ts';
import {attacks} from './attacks.ts';
import {crowds} from './crowds.ts';

export type Orders = {
  url: string;
  attack: string;
  crowd: string;
  network: number;
  seconds: number;
  targets: Targets;
};

/** A lower priority than the bystanders', whose clock must be right even if this process shares a core with them. */
const lessUrgent = 10;
const endsWithinMs = 5_000;

setPriority(lessUrgent);
const {url, attack: name, crowd: from, network, seconds, targets} = JSON.parse(process.argv[2]!) as Orders;
const attack = attacks.find((each) => each.name === name)!;
const crowd = crowds.find((each) => each.name === from)!;
const stop = new AbortController();
const attackers = Array.from({length: crowd.addresses * crowd.attackersEach}, (_, index) => {
  const address = `127.0.${network}.${1 + (index % crowd.addresses)}`;
  return new Attacker({url, address, targets, stop: stop.signal});
});

const attacking = attackers.map((attacker) =>
  attack.act(attacker).catch((error: Error) => attacker.note(`gave up: ${error.message}`)),
);
await delay(seconds * 1_000);
stop.abort();
await Promise.race([Promise.all(attacking), delay(endsWithinMs)]);
for (const attacker of attackers) attacker.close();

const sum = new Map<string, number>();
for (const {answers} of attackers) {
  for (const [answer, times] of answers) sum.set(answer, (sum.get(answer) ?? 0) + times);
}
process.send!([...sum], undefined, undefined, () => process.exit(0));

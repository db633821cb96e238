/** The ways in which a receiver may answer a delivery. */
import type {ServerResponse} from 'node:http';
import type {Delivery} from '../history/deliveries.ts';
import type {Random} from '../random.ts';

export type Mood = (delivery: Delivery, res: ServerResponse, random: Random) => void;

const failingShare = 0.3;
const refusals = [500, 502, 503, 302, 404];

const well: Mood = (delivery, res) => {
  delivery.outcome = 'taken';
  res.writeHead(204).end();
};
const failing: Mood = (delivery, res, random) => {
  if (random.next() >= failingShare) return well(delivery, res, random);
  if (random.next() < 0.2) return void res.destroy();
  delivery.outcome = 'refused';
  res.writeHead(random.pick(refusals), {location: '/elsewhere'}).end();
};
const stalling: Mood = () => undefined;

export const moods = {well, failing, stalling};

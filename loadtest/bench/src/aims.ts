import type {Spread} from './pairs.ts';
import type {Results} from './results.ts';

export type Aim = {
  text: string;
  /** The highest cost that is allowed, as a share of the other server's. */
  atMost: number;
  measured(results: Results): Spread;
  /** The reason where the goal is missed, as far as profiles show it. */
  ifMissed: string;
};

/** The goals for the cost of the core. */
export const aims: Aim[] = [
  {
    text: 'CPU per delivery, one message at once, against `tutorial`',
    atMost: 1.1,
    measured: ({fanOut}) => ratioOf(fanOut, 1).toTutorial,
    ifMissed:
      'both make one write per socket, through the same layers of Socket.IO; Madang adds a pulse and a sweep a second, which count for more the fewer rounds fit into it.',
  },
  {
    text: 'CPU per delivery, 20 messages at once, against `loop`',
    atMost: 0.25,
    measured: ({fanOut}) => ratioOf(fanOut, 20).toLoop,
    ifMissed:
      'the first message to arrive is stored at once and takes a frame of its own; only those that arrive meanwhile share one.',
  },
  {
    text: 'CPU of all processes per durable send, against `tutorial`',
    atMost: 0.5,
    measured: ({durable}) => durable.cpuRatio,
    ifMissed:
      'Postgres shares a commit, but in rooms of two no frame is shared: each message is published to Redis, comes back from it, and takes three writes to sockets.',
  },
];

function ratioOf(fanOut: Results['fanOut'], atOnce: number) {
  const row = fanOut.find((each) => each.atOnce === atOnce);
  if (!row) throw new Error(`${atOnce} at once was not measured`);
  return row;
}

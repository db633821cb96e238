/** What gateways tell each other about broadcasts, past Redis, which carries them and may be what fails. */
import type {Database} from '../connections/pool.ts';
import type {NodeFigures} from '../operator/status.ts';

/** Times are by the clock of the node that reports, counted back from its report. */
export type ProbeReport = {
  /** How long the node has been sending canaries. */
  sinceMs: number;
  /** How long ago its own last canary came back through Redis. */
  echoAgeMs: number;
  /** How long its own canaries have been coming back without a gap. */
  soundForMs: number;
  /** How long ago each other node was last heard; a node that was never heard is missing. */
  heardAgeMs: Record<string, number>;
  /** For operators: what the node does. */
  figures?: NodeFigures;
};

export type PeerReport = {id: string; report: ProbeReport};

/** How long a report is valid. A node that has stopped or is frozen is silent after it. */
const validMs = 4_000;
/** The row that says which node has stepped aside. */
const seat = '';

const exchange = {
  name: 'exchange_probes',
  text: `
    with mine as (
      insert into node_probes (id, report, until) values ($1, $2, clock_ms() + ${validMs} * interval '1 millisecond')
      on conflict (id) do update set report = excluded.report, until = excluded.until
    ), gone as (
      delete from node_probes where until < clock_ms() - interval '1 minute' and id not in ($1, '${seat}')
    )
    select id, report - 'figures' as report from node_probes where id not in ($1, '${seat}') and until > clock_ms()`,
};

/** Leaves this node's report, and returns those of the others that are still valid. */
export function exchangeProbes(db: Database, {id, report}: PeerReport): Promise<PeerReport[]> {
  return db.query<PeerReport>(exchange, [id, JSON.stringify(report)]);
}

// The row's lock decides between two nodes that ask at the same time.
const takeSeat = {
  name: 'take_probe_seat',
  text: `
    insert into node_probes as held (id, report, until)
    values ('${seat}', to_jsonb($1::text), clock_ms() + ${validMs} * interval '1 millisecond')
    on conflict (id) do update set report = excluded.report, until = excluded.until
      where held.until < clock_ms() or held.report = excluded.report
    returning id`,
};

/** Whether this node may step aside, or go on to: only one node at a time may. It has to ask again within 4 s. */
export async function mayStepAside(db: Database, id: string): Promise<boolean> {
  return (await db.query(takeSeat, [id])).length > 0;
}

const giveUpSeat = {
  name: 'give_up_probe_seat',
  text: `delete from node_probes where id = '${seat}' and report = to_jsonb($1::text)`,
};

/** The node serves again: another one may step aside. */
export async function stepBack(db: Database, id: string): Promise<void> {
  await db.query(giveUpSeat, [id]);
}

const leave = {
  name: 'leave_probes',
  text: `delete from node_probes where id = $1 or (id = '${seat}' and report = to_jsonb($1::text))`,
};

/** Takes back everything that the node has left there. */
export async function leaveProbes(db: Database, id: string): Promise<void> {
  await db.query(leave, [id]);
}

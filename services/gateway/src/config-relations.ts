/** How the gateway's variables must relate to each other. Each broken relation is one fault, which names a variable. */
import {limits} from '@madang/protocol/limits';
import type {z} from 'zod';

type Numbers =
  | 'MADANG_DROP_BROADCASTS'
  | 'PULSE_MS'
  | 'PULSE_MAX_AGE_MS'
  | 'NODE_LEASE_MS'
  | 'OCCUPANCY_BEAT_MS'
  | 'OCCUPANCY_LEASE_MS'
  | 'SLOW_READER_BYTES'
  | 'SESSION_IDLE_SECONDS'
  | 'SESSION_MAX_SECONDS';
type Texts = 'MADANG_CRASH_AT' | 'PUBLIC_URL' | 'GITHUB_CLIENT_ID' | 'GITHUB_CLIENT_SECRET';
type Related = Record<Numbers, number> &
  Partial<Record<Texts, string | undefined>> &
  Record<'MADANG_ENV' | 'COOKIE_SAME_SITE', string>;

type Relation = {holds: (config: Related) => boolean; otherwise: string};

/** A lease survives two late or lost renewals. */
const beatsPerLease = 3;

/** For so long the worker keeps the signals that say which sessions were signed out (prune-signals.ts). */
const signedOutKeptSeconds = 90 * 24 * 3_600;

const relations: Relation[] = [
  {
    holds: ({MADANG_ENV, MADANG_CRASH_AT, MADANG_DROP_BROADCASTS}) =>
      MADANG_ENV === 'development' || (!MADANG_CRASH_AT && MADANG_DROP_BROADCASTS === 0),
    otherwise: 'MADANG_CRASH_AT and MADANG_DROP_BROADCASTS: for tests alone, with MADANG_ENV=development',
  },
  {
    holds: ({PULSE_MS, PULSE_MAX_AGE_MS}) => PULSE_MAX_AGE_MS > PULSE_MS,
    otherwise:
      'PULSE_MAX_AGE_MS: must be longer than PULSE_MS, or every pulse is too old before the next one comes',
  },
  {
    holds: ({PULSE_MS, NODE_LEASE_MS}) => NODE_LEASE_MS >= beatsPerLease * PULSE_MS,
    otherwise: `NODE_LEASE_MS: must be at least ${beatsPerLease} times PULSE_MS, or one late pulse makes a node count as gone`,
  },
  {
    holds: ({OCCUPANCY_BEAT_MS, OCCUPANCY_LEASE_MS}) =>
      OCCUPANCY_LEASE_MS >= beatsPerLease * OCCUPANCY_BEAT_MS,
    otherwise: `OCCUPANCY_LEASE_MS: must be at least ${beatsPerLease} times OCCUPANCY_BEAT_MS, or one late beat empties the node's rooms`,
  },
  {
    holds: ({SLOW_READER_BYTES}) => SLOW_READER_BYTES >= limits.frameBytes,
    otherwise: `SLOW_READER_BYTES: must be at least ${limits.frameBytes}, the size of one frame, or everybody who gets one is too slow`,
  },
  {
    holds: ({SESSION_IDLE_SECONDS, SESSION_MAX_SECONDS}) => SESSION_MAX_SECONDS >= SESSION_IDLE_SECONDS,
    otherwise: 'SESSION_MAX_SECONDS: must not be shorter than SESSION_IDLE_SECONDS',
  },
  {
    holds: ({SESSION_MAX_SECONDS}) => SESSION_MAX_SECONDS <= signedOutKeptSeconds,
    otherwise: `SESSION_MAX_SECONDS: must be at most ${signedOutKeptSeconds}, 90 days: for longer nobody knows which sessions were signed out`,
  },
  {
    holds: ({COOKIE_SAME_SITE, PUBLIC_URL}) =>
      COOKIE_SAME_SITE !== 'none' || !PUBLIC_URL?.startsWith('http:'),
    otherwise: 'COOKIE_SAME_SITE: browsers accept `none` only over https, and PUBLIC_URL is http',
  },
  {
    holds: ({GITHUB_CLIENT_ID: id, GITHUB_CLIENT_SECRET: secret}) => !id === !secret,
    otherwise: 'GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: set both, or neither',
  },
];

export function checkRelations(config: Related, {addIssue}: z.RefinementCtx<unknown>): void {
  for (const {holds, otherwise} of relations)
    if (!holds(config)) addIssue({code: 'custom', message: otherwise});
}

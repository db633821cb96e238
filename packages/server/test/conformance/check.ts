import {expect} from 'vitest';
import type {Case, Json} from './cases.ts';
import {conformanceKey, play} from './player.ts';

/** The outcome of a call, in JSON. */
export type Outcome = {result?: Json; error?: {[field: string]: Json}; resets?: Json[]};
export type Caller = (target: {url: string; key: string}, one: Case) => Promise<Outcome>;

/** Has an SDK make the call of a case. Compares the requests that it sent and the outcome that it returned. */
export async function checkCase(one: Case, call: Caller): Promise<void> {
  const playing = await play(one.exchanges);
  try {
    const {result, error, resets} = await call({url: playing.url, key: conformanceKey}, one);
    expect(playing.faults()).toEqual([]);
    if (one.error) expect(error).toMatchObject(one.error);
    else expect(error).toBeUndefined();
    if (one.isUnknown && one.result !== undefined) expect(result).toMatchObject(one.result as object);
    else expect(result ?? undefined).toEqual(one.result);
    expect(resets ?? []).toEqual(one.resets ?? []);
  } finally {
    playing.close();
  }
}

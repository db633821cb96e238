/** The cases of packages/server/conformance. The README there says what their fields mean. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const folder = join(import.meta.dirname, '../../conformance');
const vectorFile = 'verify-webhook.json';

export type Json = null | boolean | number | string | Json[] | {[name: string]: Json};

export type ExpectedRequest = {
  method: string;
  path: string;
  query?: Record<string, string[]>;
  headers?: Record<string, string>;
  body?: Json;
};

export type Answer =
  | 'lost'
  | 'broken'
  | 'silent'
  | {status: number; headers?: Record<string, string>; body?: Json; text?: string; parts?: boolean};

export type Exchange = {request: ExpectedRequest; answer: Answer; afterMs?: number};

export type Case = {
  name: string;
  call: string;
  args: Json[];
  as?: string;
  timeoutMs?: number;
  take?: number;
  onReset?: boolean;
  exchanges: Exchange[];
  result?: Json;
  error?: {[field: string]: Json};
  resets?: Json[];
  isUnknown?: boolean;
};

export type Vector = {
  name: string;
  secret: string | string[];
  headers: Record<string, string>;
  body: string;
  now: number;
  result?: Json;
  isRefused?: boolean;
};

const parsed = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown;

export function readCases(): Case[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== vectorFile);
  return files.flatMap((file) => (parsed(file) as {cases: (Case & {each?: Json[]})[]}).cases).flatMap(expand);
}

export const readVectors = () => (parsed(vectorFile) as {vectors: Vector[]}).vectors;

function expand({each, ...one}: Case & {each?: Json[]}): Case[] {
  if (!each) return [one];
  return each.map((value) => ({
    ...one,
    name: `${one.name}: ${JSON.stringify(value)}`,
    args: one.args.map((arg) => (arg === '$each' ? value : arg)),
    ...(one.as === undefined ? {} : {as: (one.as === '$each' ? value : one.as) as string}),
  }));
}

import {revocations} from './revocations.ts';
import {storm} from './storm.ts';
import type {Trial} from './trial.ts';

export const trials: Trial[] = [revocations, storm];

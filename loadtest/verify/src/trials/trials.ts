import {abuse} from './abuse.ts';
import {backlog} from './events/backlog.ts';
import {changes} from './events/changes.ts';
import {overload} from './overload.ts';
import {revocations} from './revocations.ts';
import {stalledReaders} from './stalled-readers.ts';
import {storm} from './storm.ts';
import type {Trial} from './trial.ts';

export const trials: Trial[] = [storm, revocations, stalledReaders, overload, abuse, changes, backlog];

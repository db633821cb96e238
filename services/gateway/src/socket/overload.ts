/** Says what to refuse while the event loop is late: what is missed least comes first, sends last. */
import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {Shed} from '../calls/operation.ts';

const order: Shed[] = ['typing', 'presence', 'history', 'join', 'send'];
/** 99th percentile of the event loop's delay, in ms, at which shedding begins; each doubling sheds one kind more. */
const startMs = 200;
const windowMs = 1_000;

export function createOverload() {
  const delay = monitorEventLoopDelay({resolution: 10});
  delay.enable();
  let shedding = 0;
  let lateBefore = 0;
  const timer = setInterval(() => {
    const late = levelOf(delay.percentile(99) / 1e6);
    // A single pause is over by the time it is measured; only lasting load justifies refusals.
    shedding = Math.min(late, lateBefore);
    lateBefore = late;
    delay.reset();
  }, windowMs).unref();

  return {
    isOverloaded: (shed: Shed): boolean => {
      const rank = order.indexOf(shed);
      return rank !== -1 && rank < shedding;
    },
    close(): void {
      clearInterval(timer);
      delay.disable();
    },
  };
}

function levelOf(lateMs: number): number {
  return lateMs < startMs ? 0 : Math.min(order.length, 1 + Math.floor(Math.log2(lateMs / startMs)));
}

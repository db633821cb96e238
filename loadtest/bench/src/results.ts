import type {DurableWindow, LoneWindow} from './measure-durable-sends.ts';
import type {FanOutWindow} from './measure-fan-out.ts';
import type {IdleMemory} from './measure-idle-memory.ts';
import {pairedRatios, spreadOf, type Spread} from './pairs.ts';

export type Windows = {
  fanOut: FanOutWindow[];
  many: DurableWindow[];
  lone: LoneWindow[];
  idle: IdleMemory[];
};

export type ContenderName = 'madang' | 'tutorial' | 'loop';
export type ByContender<Names extends ContenderName = ContenderName> = Record<Names, Spread>;

export type Results = {
  fanOut: {atOnce: number; us: ByContender; toTutorial: Spread; toLoop: Spread}[];
  durable: {
    us: ByContender<'madang' | 'tutorial'>;
    parts: Record<'madang' | 'tutorial', Record<'server' | 'postgres' | 'redis', number>>;
    perSecond: ByContender<'madang' | 'tutorial'>;
    ackMs: ByContender<'madang' | 'tutorial'>;
    cpuRatio: Spread;
  };
  lone: {ackMs: ByContender<'madang' | 'tutorial'>; ratio: Spread};
  idle: {kib: ByContender; toTutorial: Spread; toLoop: Spread};
  /** The share of the server's core that others used while fan-out was measured. */
  strangers: Spread;
};

/** Combines the windows: medians to look at, ratios of pairs for the claims. */
export function summarise({fanOut, many, lone, idle}: Windows): Results {
  const counts = [...new Set(fanOut.map(({atOnce}) => atOnce))];
  return {
    fanOut: counts.map((atOnce) => {
      const windows = fanOut.filter((each) => each.atOnce === atOnce);
      return {atOnce, ...compareAll(windows, ({cpuUsPerDelivery}) => cpuUsPerDelivery, 'us')};
    }),
    durable: {
      us: compareTwo(many, ({cpuUsPerSend}) => cpuUsPerSend).each,
      parts: {madang: partsOf(many, 'madang'), tutorial: partsOf(many, 'tutorial')},
      perSecond: compareTwo(many, ({sendsPerSecond}) => sendsPerSecond).each,
      ackMs: compareTwo(many, ({ackMs}) => ackMs).each,
      cpuRatio: compareTwo(many, ({cpuUsPerSend}) => cpuUsPerSend).ratio,
    },
    lone: {
      ackMs: compareTwo(lone, ({ackMs}) => ackMs).each,
      ratio: compareTwo(lone, ({ackMs}) => ackMs).ratio,
    },
    idle: compareAll(idle, ({kibPerConnection}) => kibPerConnection, 'kib'),
    strangers: spreadOf(fanOut.map(({strangers}) => strangers)),
  };
}

function valuesOf<Window extends {contender: string}>(
  windows: Window[],
  contender: ContenderName,
  value: (window: Window) => number,
): number[] {
  return windows.filter((each) => each.contender === contender).map(value);
}

function compareTwo<Window extends {contender: string}>(
  windows: Window[],
  value: (window: Window) => number,
) {
  const madang = valuesOf(windows, 'madang', value);
  const tutorial = valuesOf(windows, 'tutorial', value);
  const each = {madang: spreadOf(madang), tutorial: spreadOf(tutorial)};
  return {each, ratio: pairedRatios(madang, tutorial)};
}

function compareAll<Window extends {contender: string}, Unit extends string>(
  windows: Window[],
  value: (window: Window) => number,
  unit: Unit,
) {
  const {each, ratio} = compareTwo(windows, value);
  const loop = valuesOf(windows, 'loop', value);
  return {
    [unit]: {...each, loop: spreadOf(loop)},
    toTutorial: ratio,
    toLoop: pairedRatios(valuesOf(windows, 'madang', value), loop),
  } as Record<Unit, ByContender> & {toTutorial: Spread; toLoop: Spread};
}

function partsOf(many: DurableWindow[], contender: ContenderName) {
  const median = (part: 'server' | 'postgres' | 'redis') =>
    spreadOf(valuesOf(many, contender, ({parts}) => parts[part])).median;
  return {server: median('server'), postgres: median('postgres'), redis: median('redis')};
}

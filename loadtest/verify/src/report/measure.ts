/** The figures of a run: what was served in each second, and how soon the cluster recovered after each fault. */
import type {FaultRecord} from '../faults/fault.ts';
import type {Probe} from '../generator/prober.ts';
import type {Connection, History} from '../history/history.ts';

export type Second = {acknowledged: number; delivered: number; latenciesMs: number[]};

export type FaultFigures = {
  kind: string;
  times: number;
  /** From the end of the fault until each affected node stores again, to the probers' half second. */
  recoveryMs: number[];
  /** How long devices that were cut off in the meantime had no connection. */
  clientGapsMs: number[];
  /** Times of both kinds that the next fault prolonged. They do not describe one fault alone. */
  disturbedMs: number[];
  /** The probers' attempts while it lasted, on all nodes that served when it began. */
  attempts: number;
  stored: number;
  latenciesMs: number[];
};

export function measureSeconds(history: History, startedAt: number): Second[] {
  const seconds: Second[] = [];
  const at = (time: number) => {
    const index = Math.max(0, Math.floor((time - startedAt) / 1_000));
    while (seconds.length <= index) seconds.push({acknowledged: 0, delivered: 0, latenciesMs: []});
    return seconds[index]!;
  };
  for (const {kind, outcome, invokedAt, completedAt} of history.operations) {
    if (kind !== 'send' || outcome !== 'ok') continue;
    const second = at(completedAt);
    second.acknowledged += 1;
    second.latenciesMs.push(completedAt - invokedAt);
  }
  for (const {stretches} of history.tracks.values()) {
    for (const stretch of stretches) at(stretch.at).delivered += stretch.entries.length;
  }
  return seconds;
}

export function measureFaults(faults: FaultRecord[], probes: Probe[], history: History): FaultFigures[] {
  const figures = new Map<string, FaultFigures>();
  for (const fault of faults) {
    const known = figures.get(fault.kind) ?? {
      kind: fault.kind,
      times: 0,
      recoveryMs: [],
      clientGapsMs: [],
      disturbedMs: [],
      attempts: 0,
      stored: 0,
      latenciesMs: [],
    };
    figures.set(fault.kind, known);
    known.times += 1;
    // With two faults at once it is unknown which one the cluster recovered from.
    if (faults.some((other) => other !== fault && !other.isQuiet && overlap(other, fault))) continue;
    const serving = servingAt(fault.startedAt, probes);
    const during = probes.filter(
      ({at, node}) => at >= fault.startedAt && at < fault.healedAt && serving.has(node),
    );
    known.attempts += during.length;
    known.stored += during.filter(({isStored}) => isStored).length;
    known.latenciesMs.push(...during.flatMap(({isStored, ms}) => (isStored ? [ms] : [])));
    const others = faults.filter(({kind}) => kind !== fault.kind);
    const isDisturbed = ({from, to}: Span) =>
      others.some(({startedAt}) => startedAt >= from && startedAt <= to);
    for (const [spans, undisturbed] of [
      [recoveries(fault, probes), known.recoveryMs],
      [gaps(fault, history.connections), known.clientGapsMs],
    ] as const) {
      for (const span of spans) {
        (isDisturbed(span) ? known.disturbedMs : undisturbed).push(span.to - span.from);
      }
    }
  }
  return [...figures.values()].sort((a, b) => a.kind.localeCompare(b.kind));
}

function overlap(one: FaultRecord, other: FaultRecord): boolean {
  return one.startedAt <= other.healedAt && other.startedAt <= one.healedAt;
}

/** A node that has not recovered from one fault says nothing about the next one. */
function servingAt(time: number, probes: Probe[]): Set<string> {
  const latest = new Map<string, boolean>();
  for (const {node, at, ms, isStored} of probes) if (at + ms < time) latest.set(node, isStored);
  return new Set([...latest].filter(([, isStored]) => isStored).map(([node]) => node));
}

type Span = {from: number; to: number};

function recoveries({target, healedAt}: FaultRecord, probes: Probe[]): Span[] {
  const nodes = new Set(probes.map(({node}) => node));
  const concerned = nodes.has(target) ? [target] : [...nodes];
  return concerned.flatMap((node) => {
    const first = probes
      .filter((probe) => probe.node === node && probe.isStored && probe.at >= healedAt)
      .reduce((soonest, {at, ms}) => Math.min(soonest, at + ms), Infinity);
    return Number.isFinite(first) ? [{from: healedAt, to: first}] : [];
  });
}

function gaps({startedAt, healedAt}: FaultRecord, connections: Connection[]): Span[] {
  return connections.flatMap(({device, closedAt, isGivenUp}) => {
    // Only SDK clients that were cut off count: others decide themselves how soon they return.
    if (!device.endsWith('/sdk') || isGivenUp || closedAt < startedAt || closedAt > healedAt) return [];
    const back = connections.find((next) => next.device === device && next.openedAt >= closedAt);
    return back ? [{from: closedAt, to: back.openedAt}] : [];
  });
}

/** Returns the value below which this share of the values lies, or undefined without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function inMs(value: number | undefined): string {
  return value === undefined ? '' : `${Math.round(value)} ms`;
}

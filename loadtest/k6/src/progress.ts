/** Asks a running k6 what it has counted so far. */
type Samples = Record<string, number>;
type Listing = {data: {id: string; attributes: {sample: Samples}}[]};

export async function readProgress(address: string): Promise<Map<string, Samples> | undefined> {
  try {
    const answer = await fetch(`http://${address}/v1/metrics`, {signal: AbortSignal.timeout(2_000)});
    const {data} = (await answer.json()) as Listing;
    return new Map(data.map(({id, attributes}) => [id, attributes.sample]));
  } catch {
    // k6 does not listen yet, or is busy. The next line follows in a moment.
    return undefined;
  }
}

/** Returns one line of progress. */
export function describeProgress(samples: Map<string, Samples>, elapsedMs: number): string {
  const count = (metric: string) => samples.get(metric)?.count ?? 0;
  const broken = ['lost', 'repeated', 'misordered', 'altered'].reduce(
    (sum, breach) => sum + count(`messages_${breach}`),
    0,
  );
  const gone = count('connections_lost') + count('connections_closed');
  const p95 = samples.get('send_to_delivered')?.['p(95)'];
  return [
    `${Math.round(elapsedMs / 1_000)} s`,
    `${count('connections_opened') - gone} connected`,
    `${count('messages_acknowledged')} sent`,
    `${count('messages_delivered')} delivered${p95 === undefined ? '' : `, 95 % in ${Math.round(p95)} ms`}`,
    `${broken} broken promises`,
  ].join(' · ');
}

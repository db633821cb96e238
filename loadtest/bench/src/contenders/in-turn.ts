/** Runs a function `count` times, at most `atOnce` at a time, and returns the results in order. */
export async function inTurn<Result>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({length: Math.min(atOnce, count)}, lane));
  return results;
}

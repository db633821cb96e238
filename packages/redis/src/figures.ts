import type {RedisClients} from './clients.ts';

export type Figures = {memoryBytes: number; maxMemoryBytes: number};

/**
 * How near Redis is to the memory limit above which it refuses to write; 0 when it has no such limit. Of several shards,
 * the fullest.
 */
export async function readFigures({infos}: Pick<RedisClients, 'infos'>): Promise<Figures> {
  const all = (await infos('memory')).map(figuresOf);
  return all.reduce((fullest, figures) => (shareOf(figures) > shareOf(fullest) ? figures : fullest));
}

/** From 0 to 1. */
export function shareOf({memoryBytes, maxMemoryBytes}: Figures): number {
  return maxMemoryBytes === 0 ? 0 : memoryBytes / maxMemoryBytes;
}

function figuresOf(info: string): Figures {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {memoryBytes: read('used_memory'), maxMemoryBytes: read('maxmemory')};
}

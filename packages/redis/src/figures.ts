import type {RedisClients} from './clients.ts';

export type Figures = {memoryBytes: number; maxMemoryBytes: number};

/** How near Redis is to the memory limit above which it refuses to write; 0 when it has no such limit. */
export async function readFigures({commands}: Pick<RedisClients, 'commands'>): Promise<Figures> {
  const info = await commands.info('memory');
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {memoryBytes: read('used_memory'), maxMemoryBytes: read('maxmemory')};
}

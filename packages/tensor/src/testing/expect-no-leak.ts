import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MemoryUse, memory } from '../core/memory.js';

export interface LeakOptions {
  /** How often the body is run between the two measurements. Default 10. */
  readonly times?: number;
}

/**
 * Throws when what `body` leaves behind grows with each run: buffers, variables, or programs of the core, after garbage
 * was collected. The first run is not counted, since it may fill caches.
 */
export async function expectNoLeak(body: () => unknown, { times = 10 }: LeakOptions = {}): Promise<void> {
  await body();
  const before = await settledMemory();
  for (let i = 0; i < times; i++) await body();
  const after = await settledMemory();
  for (const kind of ['buffers', 'bufferBytes', 'variables', 'programs'] as const) {
    if (after[kind] > before[kind]) {
      throw new Error(
        `${times} runs left ${after[kind] - before[kind]} ${kind} behind (${before[kind]} before)`,
      );
    }
  }
}

/** What the core holds when all that is unreachable has been collected. */
async function settledMemory(): Promise<MemoryUse> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = memory();
  for (let round = 0; round < 10; round++) {
    collect();
    // Finalisers run in tasks of their own.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = memory();
    if (round > 1 && now.buffers === last.buffers && now.programs === last.programs) return now;
    last = now;
  }
  return last;
}

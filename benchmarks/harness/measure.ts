import type { LossCurve, Measurement, TrainingWorkload, Workload } from './types.js';

const CHECKED_STEPS = 10;

/** Warms a workload up, then measures blocks of steps for about so many seconds: the median block's time. */
export async function measure(workload: Workload, seconds: number): Promise<Omit<Measurement, 'version'>> {
  await workload.run(3);
  const first = await timed(workload, 3);
  // A block is long enough for the clock and short enough that a moment's disturbance spoils few of them.
  const block = workload.block ?? Math.max(1, Math.round((seconds * 1000) / 20 / first));
  await workload.run(block);
  const times: number[] = [];
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  do times.push(await timed(workload, block));
  while (performance.now() - start < seconds * 1000 || times.length < (workload.block === undefined ? 3 : 1));
  const cpu = process.cpuUsage(cpuStart);
  return {
    ms: median(times),
    cpuMs: (cpu.user + cpu.system) / 1000 / (times.length * block),
    rssMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** The losses of a training step's first runs. */
export async function lossCurve(workload: TrainingWorkload): Promise<LossCurve> {
  const losses: number[] = [];
  for (let step = 0; step < CHECKED_STEPS; step++) {
    await workload.run(1);
    losses.push(await workload.loss());
  }
  return { losses };
}

/** Milliseconds of a step. */
async function timed(workload: Workload, steps: number): Promise<number> {
  const start = performance.now();
  await workload.run(steps);
  return (performance.now() - start) / steps;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

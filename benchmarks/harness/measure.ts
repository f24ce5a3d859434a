import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getDevice, memory } from 'ibex';
import { isPrediction, isTraining } from '../steps/index.js';
import type { CheckedNumbers, Measurement, MemoryPeak, Workload } from './types.js';

/** A step that takes longer than this needs no more to warm up than its first runs. */
const SLOW_MS = 250;
const CHECKED_STEPS = 10;
const CHECKED_SLOW_STEPS = 4;
const CHECKED_OUTPUTS = 10;

/** Warms a workload up, then measures blocks of steps for about so many seconds: the median block's time. */
export async function measure(workload: Workload, seconds: number): Promise<Omit<Measurement, 'version'>> {
  await workload.run(1);
  const readyMs = performance.now();
  const first = await warmed(workload);
  // A block is long enough for the clock and short enough that a moment's disturbance spoils few of them.
  const block = workload.block ?? Math.max(1, Math.round((seconds * 1000) / 20 / first));
  if (first < SLOW_MS) await workload.run(Math.max(block, 3));
  const times: number[] = [];
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  do times.push(await timed(workload, block));
  while (performance.now() - start < seconds * 1000 || times.length < (workload.block === undefined ? 3 : 1));
  const cpu = process.cpuUsage(cpuStart);
  return {
    readyMs,
    ms: median(times),
    cpuMs: (cpu.user + cpu.system) / 1000 / (times.length * block),
    ...memoryUse(),
    ...(workload.leavesLoopFree ? { loopDelayMs: await loopDelay(workload, block) } : {}),
  };
}

/** Milliseconds of a step. On a GPU what is compiled, chosen and recorded in the first steps must have been, before. */
async function warmed(workload: Workload): Promise<number> {
  let first = await timed(workload, 2);
  if (getDevice() === 'cpu') return first;
  for (;;) {
    const again = await timed(workload, 3);
    if (again >= 0.8 * first) return again;
    first = again;
  }
}

export function memoryUse(): MemoryPeak {
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return getDevice() === 'cpu' ? { rssMb } : { rssMb, deviceMb: memory().peakBytes / 2 ** 20 };
}

/** How late a timer comes at the 99th percentile during some steps, in milliseconds. */
async function loopDelay(workload: Workload, steps: number): Promise<number> {
  const resolution = 1;
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  await workload.run(steps);
  histogram.disable();
  // What is recorded is the time between two calls of a timer.
  return Math.max(0, histogram.percentile(99) / 1e6 - resolution);
}

/** The losses of a training step's first runs, or some outputs of a prediction. Throws where a workload has neither. */
export async function checkedNumbers(workload: Workload): Promise<CheckedNumbers> {
  if (isPrediction(workload))
    return { kind: 'outputs', values: (await workload.outputs()).slice(0, CHECKED_OUTPUTS) };
  if (!isTraining(workload)) throw new Error('This workload has neither losses nor outputs.');
  const values: number[] = [];
  let steps = CHECKED_STEPS;
  while (values.length < steps) {
    const ms = await timed(workload, 1);
    values.push(await workload.loss());
    if (values.length === CHECKED_SLOW_STEPS && ms > SLOW_MS) steps = CHECKED_SLOW_STEPS;
  }
  return { kind: 'losses', values };
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

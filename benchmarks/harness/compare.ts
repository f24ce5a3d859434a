import { loadavg } from 'node:os';
import { isChecked, isMixedBfloat16 } from '../steps/index.js';
import { median } from './measure.js';
import type { Options } from './options.js';
import { type Asked, BARE_STEP, checkOnce, measureOnce, OURS, Unsupported } from './run.js';
import type { Measurement } from './types.js';

/** A framework's rounds of a workload. */
export interface Summary {
  readonly framework: string;
  /** Median, least and most of the rounds. */
  readonly ms: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  /** Undefined on a CPU. */
  readonly deviceMb: number | undefined;
  readonly loopDelayMs: number | undefined;
  /** Of the slowest round: where nothing was kept of earlier ones. */
  readonly readyMs: number | undefined;
  readonly version: string;
}

export interface Comparison {
  readonly workload: string;
  readonly ours: Summary;
  readonly peers: readonly Summary[];
  /** What has to be said: failures, losses that differ. */
  readonly notes: readonly string[];
}

/** By how much numbers may differ, relative to the largest: losses by what rounding makes of itself in a few steps. */
const TOLERANCES = { losses: 0.03, outputs: 0.001, magnitudes: 0.02 } as const;
const BFLOAT16_TOLERANCE = 0.05;

/** Measures a workload: in every round each framework once, so that what disturbs the machine disturbs all alike. */
export async function compare(
  workload: string,
  peers: readonly string[],
  options: Options,
): Promise<Comparison> {
  const asked = { ...options, workload };
  const rounds = new Map<string, Measurement[]>(
    [OURS, ...(workload === 'fit-overhead' ? [BARE_STEP] : []), ...peers].map((name) => [name, []]),
  );
  const notes: string[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const [framework, measurements] of rounds) {
      try {
        measurements.push(await measureOnce(framework, asked));
      } catch (error) {
        if (framework === OURS) throw error;
        rounds.delete(framework);
        if (!(error instanceof Unsupported)) notes.push(`${framework} failed: ${(error as Error).message}`);
      }
    }
  }
  const [ours, ...others] = [...rounds].map(([framework, measurements]) =>
    summarise(framework, measurements),
  );
  const measured = others.map(({ framework }) => framework);
  if (isChecked(workload)) notes.push(...(await compareNumbers(measured, asked)).notes);
  if (ours!.loopDelayMs !== undefined)
    notes.push(
      `delay of the event loop of ${OURS}: ${ours!.loopDelayMs.toFixed(2)} ms at the 99th percentile`,
    );
  if (ours!.readyMs !== undefined) {
    const ready = [ours!, ...others].flatMap(({ framework, readyMs }) =>
      readyMs === undefined ? [] : [`${framework} ${(readyMs / 1000).toFixed(1)} s`],
    );
    notes.push(`until the first step was done: ${ready.join(', ')}`);
  }
  notes.push(`load average ${loadavg()[0]!.toFixed(1)}`);
  return { workload, ours: ours!, peers: others, notes };
}

export interface NumbersCompared {
  readonly agree: boolean;
  readonly notes: readonly string[];
}

/** Whether the peers compute what Ibex does; those that have no such workload are left out. */
export async function compareNumbers(peers: readonly string[], asked: Asked): Promise<NumbersCompared> {
  const notes: string[] = [];
  let agree = true;
  const { kind, values: ours } = await checkOnce(OURS, asked);
  if (ours.length === 0) return { agree, notes: ['no results that can be compared'] };
  const tolerance = isMixedBfloat16(asked.workload) ? BFLOAT16_TOLERANCE : TOLERANCES[kind];
  for (const peer of peers) {
    try {
      const { values: theirs } = await checkOnce(peer, asked);
      const count = Math.min(ours.length, theirs.length);
      const largest = Math.max(...theirs.map(Math.abs));
      const apart = ours.slice(0, count).map((value, at) => {
        return Math.abs(value - theirs[at]!) / (kind === 'magnitudes' ? theirs[at]! : largest);
      });
      const differs = apart.findIndex((difference) => !(difference <= tolerance));
      agree &&= differs === -1;
      notes.push(
        differs === -1
          ? `the ${kind} of ${peer} agree (${count} numbers, at most ${(100 * Math.max(...apart)).toPrecision(2)} % apart)`
          : `THE ${kind.toUpperCase()} DIFFER: number ${differs + 1} of ours is ${ours[differs]}, of ${peer} ${theirs[differs]}`,
      );
    } catch (error) {
      if (error instanceof Unsupported) continue;
      agree = false;
      notes.push(`${peer} failed: ${(error as Error).message}`);
    }
  }
  return { agree, notes };
}

function summarise(framework: string, measurements: readonly Measurement[]): Summary {
  const times = measurements.map(({ ms }) => ms);
  return {
    framework,
    ms: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    cpuMs: median(measurements.map(({ cpuMs }) => cpuMs)),
    rssMb: median(measurements.map(({ rssMb }) => rssMb)),
    deviceMb: measurements[0]!.deviceMb && median(measurements.map(({ deviceMb }) => deviceMb!)),
    readyMs: measurements[0]!.readyMs && Math.max(...measurements.map(({ readyMs }) => readyMs!)),
    loopDelayMs: measurements[0]!.loopDelayMs && median(measurements.map(({ loopDelayMs }) => loopDelayMs!)),
    version: measurements[0]!.version,
  };
}

import { loadavg } from 'node:os';
import { isChecked } from '../steps/index.js';
import { median } from './measure.js';
import type { Options } from './options.js';
import { BARE_STEP, checkOnce, measureOnce, OURS, Unsupported } from './run.js';
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
  readonly loopDelayMs: number | undefined;
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
const TOLERANCES = { losses: 0.03, outputs: 0.001 } as const;

/** Measures a workload: in every round each framework once, so that what disturbs the machine disturbs all alike. */
export async function compare(
  workload: string,
  peers: readonly string[],
  options: Options,
): Promise<Comparison> {
  const asked = { workload, seconds: options.seconds, threads: options.threads };
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
  if (isChecked(workload))
    notes.push(
      ...(await compareNumbers(
        others.map(({ framework }) => framework),
        asked,
      )),
    );
  if (ours!.loopDelayMs !== undefined)
    notes.push(
      `delay of the event loop of ${OURS}: ${ours!.loopDelayMs.toFixed(2)} ms at the 99th percentile`,
    );
  notes.push(`load average ${loadavg()[0]!.toFixed(1)}`);
  return { workload, ours: ours!, peers: others, notes };
}

/** Notes on whether the peers compute what Ibex does. */
async function compareNumbers(
  peers: readonly string[],
  asked: Parameters<typeof checkOnce>[1],
): Promise<string[]> {
  const notes: string[] = [];
  const { kind, values: ours } = await checkOnce(OURS, asked);
  for (const peer of peers) {
    const { values: theirs } = await checkOnce(peer, asked);
    const count = Math.min(ours.length, theirs.length);
    const largest = Math.max(...theirs.map(Math.abs));
    const differs = ours
      .slice(0, count)
      .findIndex((value, at) => !(Math.abs(value - theirs[at]!) <= TOLERANCES[kind] * largest));
    notes.push(
      differs === -1
        ? `the ${kind} of ${peer} agree (${count} numbers)`
        : `THE ${kind.toUpperCase()} DIFFER: number ${differs + 1} of ours is ${ours[differs]}, of ${peer} ${theirs[differs]}`,
    );
  }
  return notes;
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
    loopDelayMs: measurements[0]!.loopDelayMs && median(measurements.map(({ loopDelayMs }) => loopDelayMs!)),
    version: measurements[0]!.version,
  };
}

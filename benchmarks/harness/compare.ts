import { loadavg } from 'node:os';
import { median } from './measure.js';
import type { Options } from './options.js';
import { BARE_STEP, lossesOf, measureOnce, OURS, Unsupported } from './run.js';
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
  readonly version: string;
}

export interface Comparison {
  readonly workload: string;
  readonly ours: Summary;
  readonly peers: readonly Summary[];
  /** What has to be said: failures, losses that differ. */
  readonly notes: readonly string[];
}

/** Two loss curves may differ by what rounding makes of itself in a few steps. */
const LOSS_TOLERANCE = 0.03;

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
  if (/^(mlp|cnn|bilstm)/.test(workload))
    notes.push(
      ...(await compareLosses(
        others.map(({ framework }) => framework),
        asked,
      )),
    );
  notes.push(`load average ${loadavg()[0]!.toFixed(1)}`);
  return { workload, ours: ours!, peers: others, notes };
}

async function compareLosses(
  peers: readonly string[],
  asked: Parameters<typeof lossesOf>[1],
): Promise<string[]> {
  const notes: string[] = [];
  const ours = await lossesOf(OURS, asked);
  for (const peer of peers) {
    const theirs = await lossesOf(peer, asked);
    const differs = ours.findIndex(
      (loss, step) => Math.abs(loss - theirs[step]!) > LOSS_TOLERANCE * Math.abs(theirs[step]!),
    );
    notes.push(
      differs === -1
        ? `the losses of ${peer} agree over ${ours.length} steps`
        : `THE LOSSES DIFFER: at step ${differs + 1} ours is ${ours[differs]}, that of ${peer} ${theirs[differs]}`,
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
    version: measurements[0]!.version,
  };
}

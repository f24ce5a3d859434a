import { loadavg } from 'node:os';
import { kernelSweeps } from '../kernels/index.js';
import type { KernelSpec } from '../kernels/specs.js';
import { median } from './measure.js';
import type { Options } from './options.js';
import { OURS, sweepOnce } from './run.js';
import type { SweepTimes } from './types.js';

/** The framework whose kernels ours are measured against. */
export const KERNEL_PEER = 'torch';

/** A process measures many kernels: each gets a part of the time that a step has. */
const SHARE_OF_TIME = 0.25;

export interface KernelResult {
  readonly spec: KernelSpec;
  readonly oursMs: number;
  /** NaN where the peer is missing. */
  readonly peerMs: number;
}

export interface Sweep {
  readonly workload: string;
  readonly results: readonly KernelResult[];
  readonly oursRssMb: number;
  readonly peerRssMb: number;
  readonly versions: readonly string[];
  /** What has to be said. */
  readonly notes: readonly string[];
}

/** Measures a sweep's kernels: in every round one process of ours and one of the peer's. */
export async function sweep(workload: string, peers: readonly string[], options: Options): Promise<Sweep> {
  const asked = { ...options, workload, seconds: options.seconds * SHARE_OF_TIME };
  const ours: SweepTimes[] = [];
  const theirs: SweepTimes[] = [];
  const notes: string[] = [];
  let isPeerThere = peers.includes(KERNEL_PEER);
  for (let round = 0; round < options.rounds; round++) {
    ours.push(await sweepOnce(OURS, asked));
    if (!isPeerThere) continue;
    try {
      theirs.push(await sweepOnce(KERNEL_PEER, asked));
    } catch (error) {
      isPeerThere = false;
      notes.push(`${KERNEL_PEER} failed: ${(error as Error).message}`);
    }
  }
  const middle = (rounds: readonly SweepTimes[], at: number): number =>
    median(rounds.map(({ ms }) => ms[at]!));
  return {
    workload,
    results: kernelSweeps[workload]!.map((spec, at) => ({
      spec,
      oursMs: middle(ours, at),
      peerMs: theirs.length === 0 ? Number.NaN : middle(theirs, at),
    })),
    oursRssMb: median(ours.map(({ rssMb }) => rssMb)),
    peerRssMb: theirs.length === 0 ? Number.NaN : median(theirs.map(({ rssMb }) => rssMb)),
    versions: [...ours, ...theirs].map(({ version }) => version),
    notes: [...notes, `load average ${loadavg()[0]!.toFixed(1)}`],
  };
}

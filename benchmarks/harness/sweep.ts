import { loadavg } from 'node:os';
import { type KernelSpec, kernelSweeps } from '../kernels/specs.js';
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
  readonly load: number;
}

/** Measures a sweep's kernels: in every round one process of ours and one of the peer's. */
export async function sweep(workload: string, peers: readonly string[], options: Options): Promise<Sweep> {
  const asked = { ...options, workload, seconds: options.seconds * SHARE_OF_TIME };
  const ours: SweepTimes[] = [];
  const theirs: SweepTimes[] = [];
  for (let round = 0; round < options.rounds; round++) {
    ours.push(await sweepOnce(OURS, asked));
    if (peers.includes(KERNEL_PEER)) theirs.push(await sweepOnce(KERNEL_PEER, asked));
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
    load: loadavg()[0]!,
  };
}

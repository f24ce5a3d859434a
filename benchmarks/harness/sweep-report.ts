import type { KernelSpec } from '../kernels/specs.js';
import { digits } from './report.js';
import { KERNEL_PEER, type KernelResult, type Sweep } from './sweep.js';

/** A row of the JSON file. */
export interface KernelRow {
  readonly sweep: string;
  readonly workload: string;
  readonly peer: string;
  readonly peer_ms: number;
  readonly ours_ms: number;
  /** The peer's time / ours: above 1, Ibex is faster. */
  readonly ratio: number;
  /** Peak memory of the processes that measured the whole sweep. */
  readonly rss_mb: number;
  readonly peer_rss_mb: number;
  readonly gflop_per_s?: number;
  readonly gb_per_s?: number;
  /** Of the bandwidth of the sweep's copy or triad. */
  readonly share_of_bandwidth?: number;
}

/** GFLOP/s or GB/s, whatever limits a kernel; null where neither is known. */
function rateOf(
  { flops, bytes }: KernelSpec,
  ms: number,
): { value: number; unit: 'GFLOP/s' | 'GB/s' } | null {
  if (flops !== undefined) return { value: flops / ms / 1e6, unit: 'GFLOP/s' };
  return bytes === undefined ? null : { value: bytes / ms / 1e6, unit: 'GB/s' };
}

const HEADING = [
  'kernel'.padEnd(42),
  'ibex ms'.padStart(9),
  `${KERNEL_PEER} ms`.padStart(9),
  'ratio'.padStart(6),
  'ibex'.padStart(8),
  KERNEL_PEER.padStart(8),
].join(' ');

/** A sweep as a table; where a copy or a triad is among its kernels, with shares of that bandwidth. */
export function sweepTable({ workload, results, notes }: Sweep): string {
  const limit = bandwidthOf(results);
  const row = ({ spec, oursMs, peerMs }: KernelResult): string => {
    const ours = rateOf(spec, oursMs);
    const peer = rateOf(spec, peerMs);
    const isLimited = limit !== undefined && ours?.unit === 'GB/s';
    return [
      spec.name.padEnd(42),
      digits(oursMs).padStart(9),
      (Number.isNaN(peerMs) ? '-' : digits(peerMs)).padStart(9),
      (Number.isNaN(peerMs) ? '-' : (peerMs / oursMs).toFixed(2)).padStart(6),
      ...(ours === null ? [] : [ours.value.toFixed(1).padStart(8)]),
      ...(ours === null
        ? []
        : [(Number.isNaN(peerMs) ? '-' : peer!.value.toFixed(1)).padStart(8), ours.unit]),
      ...(isLimited ? [`${((100 * ours.value) / limit.bandwidth).toFixed(0)} % of the ${limit.op}'s`] : []),
    ].join(' ');
  };
  return [
    `${workload}: ${HEADING.slice(workload.length + 2)}`,
    ...results.map(row),
    ...(limit === undefined ? [] : [`  the faster ${limit.op}: ${limit.bandwidth.toFixed(1)} GB/s`]),
    ...summary(results),
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

/** What ratios are to reach. */
const AIM = 0.95;

/** How the sweep did as a whole. */
function summary(results: readonly KernelResult[]): string[] {
  const compared = results
    .map(({ spec, oursMs, peerMs }) => ({ name: spec.name, ratio: peerMs / oursMs }))
    .filter(({ ratio }) => !Number.isNaN(ratio));
  if (compared.length === 0) return [];
  const least = compared.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  const mean = Math.exp(compared.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / compared.length);
  const reached = compared.filter(({ ratio }) => ratio >= AIM).length;
  return [
    `  ratios: ${reached} of ${compared.length} at ${AIM} or above, geometric mean ${mean.toFixed(2)}, least ${least.ratio.toFixed(2)} (${least.name})`,
  ];
}

/** GB/s of the faster of the two copies, or triads. */
function bandwidthOf(results: readonly KernelResult[]): { op: string; bandwidth: number } | undefined {
  const found = ['copy', 'triad'].flatMap((op) => results.filter(({ spec }) => spec.op === op))[0];
  if (found === undefined) return undefined;
  const { spec, oursMs, peerMs } = found;
  const { value } = rateOf(spec, Number.isNaN(peerMs) ? oursMs : Math.min(oursMs, peerMs))!;
  return { op: spec.op, bandwidth: value };
}

/** Rows of those kernels that the peer has. */
export function sweepRows({ workload, results, oursRssMb, peerRssMb }: Sweep): KernelRow[] {
  const limit = bandwidthOf(results);
  return results
    .filter(({ peerMs }) => !Number.isNaN(peerMs))
    .map(({ spec, oursMs, peerMs }) => ({
      sweep: workload,
      workload: spec.name,
      peer: KERNEL_PEER,
      peer_ms: peerMs,
      ours_ms: oursMs,
      ratio: peerMs / oursMs,
      rss_mb: oursRssMb,
      peer_rss_mb: peerRssMb,
      ...(spec.flops === undefined ? {} : { gflop_per_s: rateOf(spec, oursMs)!.value }),
      ...(spec.bytes === undefined ? {} : { gb_per_s: spec.bytes / oursMs / 1e6 }),
      ...(spec.bytes === undefined || limit === undefined
        ? {}
        : { share_of_bandwidth: spec.bytes / oursMs / 1e6 / limit.bandwidth }),
    }));
}

import type { KernelSpec } from '../kernels/specs.js';
import { digits } from './report.js';
import { KERNEL_PEER, type KernelResult, type Sweep } from './sweep.js';

/** A row of the JSON file. */
export interface KernelRow {
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

/** A sweep as a table; where a triad is among its kernels, with shares of that bandwidth. */
export function sweepTable({ workload, results, load }: Sweep): string {
  const bandwidth = bandwidthOf(results);
  const row = ({ spec, oursMs, peerMs }: KernelResult): string => {
    const ours = rateOf(spec, oursMs);
    const peer = rateOf(spec, peerMs);
    const isLimited = bandwidth !== undefined && ours?.unit === 'GB/s';
    return [
      spec.name.padEnd(42),
      digits(oursMs).padStart(9),
      (Number.isNaN(peerMs) ? '-' : digits(peerMs)).padStart(9),
      (Number.isNaN(peerMs) ? '-' : (peerMs / oursMs).toFixed(2)).padStart(6),
      ...(ours === null ? [] : [ours.value.toFixed(1).padStart(8)]),
      ...(ours === null
        ? []
        : [(Number.isNaN(peerMs) ? '-' : peer!.value.toFixed(1)).padStart(8), ours.unit]),
      ...(isLimited ? [`${((100 * ours.value) / bandwidth).toFixed(0)} % of the triad's`] : []),
    ].join(' ');
  };
  return [
    `${workload}: ${HEADING.slice(workload.length + 2)}`,
    ...results.map(row),
    ...(bandwidth === undefined ? [] : [`  the faster triad: ${bandwidth.toFixed(1)} GB/s`]),
    `  load average ${load.toFixed(1)}`,
  ].join('\n');
}

/** GB/s of the faster of the two triads. */
function bandwidthOf(results: readonly KernelResult[]): number | undefined {
  const triad = results.find(({ spec }) => spec.op === 'triad');
  if (triad === undefined) return undefined;
  const { spec, oursMs, peerMs } = triad;
  return rateOf(spec, Number.isNaN(peerMs) ? oursMs : Math.min(oursMs, peerMs))!.value;
}

/** Rows of those kernels that the peer has. */
export function sweepRows({ results, oursRssMb, peerRssMb }: Sweep): KernelRow[] {
  return results
    .filter(({ peerMs }) => !Number.isNaN(peerMs))
    .map(({ spec, oursMs, peerMs }) => ({
      workload: spec.name,
      peer: KERNEL_PEER,
      peer_ms: peerMs,
      ours_ms: oursMs,
      ratio: peerMs / oursMs,
      rss_mb: oursRssMb,
      peer_rss_mb: peerRssMb,
      ...(spec.flops === undefined ? {} : { gflop_per_s: rateOf(spec, oursMs)!.value }),
      ...(spec.bytes === undefined ? {} : { gb_per_s: spec.bytes / oursMs / 1e6 }),
    }));
}

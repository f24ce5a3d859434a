import { cpus, loadavg, totalmem } from 'node:os';
import { getDevice, listDevices } from 'ibex';
import type { Comparison, Summary } from './compare.js';
import { BARE_STEP } from './run.js';

/** A row of the JSON file. */
export interface ResultRow {
  readonly workload: string;
  readonly peer: string;
  readonly peer_ms: number;
  readonly ours_ms: number;
  /** The peer's time / ours: above 1, Ibex is faster. */
  readonly ratio: number;
  /** Whether no other peer was faster. */
  readonly fastest: boolean;
  readonly rss_mb: number;
  readonly peer_rss_mb: number;
  /** Of the GPU; on a GPU only. */
  readonly device_mb?: number | undefined;
  readonly peer_device_mb?: number | undefined;
  /** From the process's start to the end of the first step. */
  readonly ready_ms?: number | undefined;
  readonly peer_ready_ms?: number | undefined;
  readonly peer_cpu_ms: number;
  readonly ours_cpu_ms: number;
  /** Ours, at the 99th percentile; with `fit-overhead` only. */
  readonly loop_delay_p99_ms?: number;
}

export function machineLine(threads: number): string {
  const cores = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const device = listDevices().find(({ name }) => name === getDevice());
  const gpu = getDevice() === 'cpu' ? '' : `${device?.description} (${device?.detail}), `;
  return (
    `${gpu}${cores[0]?.model.trim() ?? 'unknown CPU'}, ${cores.length} cores, ${memory} GiB; ${threads} threads each; ` +
    `node ${process.versions.node}; load average ${loadavg()[0]!.toFixed(1)} before the run; ` +
    new Date().toISOString().slice(0, 10)
  );
}

const onCpu = getDevice() === 'cpu';

export const HEADING = [
  'workload'.padEnd(20),
  'framework'.padEnd(18),
  'ms'.padStart(10),
  '(least - most)'.padStart(21),
  'CPU ms'.padStart(10),
  'RSS MB'.padStart(8),
  ...(onCpu ? [] : ['GPU MB'.padStart(8)]),
  'ratio'.padStart(7),
  'by CPU'.padStart(7),
].join(' ');

export function tableOf({ workload, ours, peers, notes }: Comparison): string {
  const row = (summary: Summary): string =>
    [
      (summary === ours ? workload : '').padEnd(20),
      summary.framework.padEnd(18),
      digits(summary.ms).padStart(10),
      `(${digits(summary.minMs)} - ${digits(summary.maxMs)})`.padStart(21),
      digits(summary.cpuMs).padStart(10),
      summary.rssMb.toFixed(0).padStart(8),
      ...(onCpu ? [] : [(summary.deviceMb?.toFixed(0) ?? '-').padStart(8)]),
      ...(summary === ours
        ? []
        : [
            (summary.ms / ours.ms).toFixed(2).padStart(7),
            (summary.cpuMs / ours.cpuMs).toFixed(2).padStart(7),
          ]),
    ].join(' ');
  return [
    row(ours),
    ...peers.map(row),
    ...[...fastest({ ours, peers }), ...notes].map((note) => `  ${note}`),
  ].join('\n');
}

/** Which peer is to be beaten, and by how much it is. */
function fastest({ ours, peers }: Pick<Comparison, 'ours' | 'peers'>): string[] {
  const best = fastestOf(peers);
  if (best === undefined) return [];
  return [`ratio ${(best.ms / ours.ms).toFixed(2)} to the fastest peer, ${best.framework}`];
}

function fastestOf(peers: readonly Summary[]): Summary | undefined {
  return peers.filter(({ framework }) => framework !== BARE_STEP).toSorted((a, b) => a.ms - b.ms)[0];
}

/** The versions that were measured. */
export function versionsOf({ ours, peers }: Comparison): string[] {
  return [ours, ...peers].map(({ version }) => version);
}

export function rowsOf({ workload, ours, peers }: Comparison): ResultRow[] {
  return peers.map((peer) => ({
    workload,
    peer: peer.framework,
    peer_ms: peer.ms,
    ours_ms: ours.ms,
    ratio: peer.ms / ours.ms,
    fastest: peer === fastestOf(peers),
    rss_mb: ours.rssMb,
    peer_rss_mb: peer.rssMb,
    device_mb: ours.deviceMb,
    peer_device_mb: peer.deviceMb,
    ready_ms: ours.readyMs,
    peer_ready_ms: peer.readyMs,
    peer_cpu_ms: peer.cpuMs,
    ours_cpu_ms: ours.cpuMs,
    ...(ours.loopDelayMs === undefined ? {} : { loop_delay_p99_ms: ours.loopDelayMs }),
  }));
}

/** Milliseconds with as many digits as mean something. */
export function digits(ms: number): string {
  return ms.toFixed(ms < 1 ? 4 : ms < 100 ? 2 : 0);
}

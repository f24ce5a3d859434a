import type { Profile, ProfileEvent } from './profile.js';

/** An event of the Trace Event Format, as Chrome and Perfetto read it: `X` has a duration, `M` names a thread. */
export interface ChromeTraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** In microseconds. */
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args?: Readonly<Record<string, string | number>>;
}

const JAVASCRIPT = 1;
const DEVICE = 2;

/**
 * The events of a profile that was made with `trace`, for chrome://tracing or https://ui.perfetto.dev: write it as JSON to a
 * file. One row has the device's thread, runs over their calls; another JavaScript's, with compiling and handing runs over.
 */
export function chromeTrace(profile: Profile): { readonly traceEvents: readonly ChromeTraceEvent[] } {
  const thread = (tid: number, name: string): ChromeTraceEvent => {
    return { name: 'thread_name', ph: 'M', pid: process.pid, tid, args: { name } };
  };
  return {
    traceEvents: [
      thread(JAVASCRIPT, 'JavaScript'),
      thread(DEVICE, 'device'),
      ...profile.events.map((event) => traceEvent(profile, event)),
    ],
  };
}

function traceEvent(profile: Profile, event: ProfileEvent): ChromeTraceEvent {
  const { kind, start, duration } = event;
  const program = profile.programs[event.program]!;
  const common = { ph: 'X', pid: process.pid, ts: start, dur: duration, cat: kind } as const;
  if (kind === 'call') {
    const { name, shape, scope, flops, bytes } = program.calls[event.call]!;
    return { ...common, name, tid: DEVICE, args: { shape, scope, flops, bytes } };
  }
  if (kind === 'run') return { ...common, name: program.name, tid: DEVICE };
  return { ...common, name: `${kind} ${program.name}`, tid: JAVASCRIPT };
}

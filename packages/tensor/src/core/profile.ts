import { writeFileSync } from 'node:fs';
import { deviceNumber } from './device.js';
import { formatProfile } from './profile-text.js';
import { chromeTrace } from './profile-trace.js';
import { native } from './runtime.js';

/** One call of a program: an op of a library, or a region of element-wise operations and reductions that run as one. */
export interface CallProfile {
  /** The op; for a region `fused(…)` with its operations. */
  readonly name: string;
  /** Dtype and shape of the first result. */
  readonly shape: string;
  /** The path of the layer that it is of; empty where there is none. */
  readonly scope: string;
  readonly count: number;
  /** Of all `count` times; on a GPU by its own clock, with the time that it waits for the call to be given to it. */
  readonly milliseconds: number;
  /** Of the fastest: what a busy machine disturbs least. */
  readonly leastMilliseconds: number;
  /** Floating-point operations of one time, estimated; an element-wise function counts as one. */
  readonly flops: number;
  /** Bytes of operands and results of one time, each once. */
  readonly bytes: number;
}

export interface ProgramProfile {
  readonly name: string;
  readonly runs: number;
  /** Of all runs, with what lies between the calls. */
  readonly milliseconds: number;
  readonly compileMilliseconds: number;
  /** In the order in which they run. */
  readonly calls: readonly CallProfile[];
}

/** A stretch of time, in microseconds since the profile was begun. */
export interface ProfileEvent {
  /** `enqueue`: JavaScript's thread hands a run over. */
  readonly kind: 'call' | 'run' | 'compile' | 'enqueue';
  /** Into {@link Profile.programs}. */
  readonly program: number;
  /** Into the program's calls, for a `call`. */
  readonly call: number;
  readonly start: number;
  readonly duration: number;
}

export interface Profile {
  /** What the device does at most with float32: measured, or of a GPU as its clocks tell. */
  readonly flopsPerSecond: number;
  /** Likewise, in products of 16-bit floats; on a CPU the same. */
  readonly halfProductFlopsPerSecond: number;
  /** What memory gives and takes at most, likewise. Data in caches can exceed it. */
  readonly bytesPerSecond: number;
  /** Those that ran, in the order of their first run. */
  readonly programs: readonly ProgramProfile[];
  /** Empty unless a trace was asked for. */
  readonly events: readonly ProfileEvent[];
  /** Events that there was no room for: about the first million are kept. */
  readonly eventsDropped: number;
}

const KINDS = ['call', 'run', 'compile', 'enqueue'] as const;
const FIELDS = 5;

function stopProfile(): Profile {
  const { events, ...rest } = native((core) => core.profileStop());
  return {
    ...rest,
    events: Array.from({ length: events.length / FIELDS }, (_, i) => {
      const [kind, program, call, start, duration] = events.subarray(i * FIELDS, (i + 1) * FIELDS);
      return { kind: KINDS[kind!]!, program: program!, call: call!, start: start!, duration: duration! };
    }),
  };
}

/**
 * What the core does while `work` runs: each program with its calls, their times, and what the device could do. Show it with
 * {@link formatProfile}, or write {@link chromeTrace} of it to a file. It is of the device that is chosen. Work that was asked for before is waited for and not
 * counted; times of the first runs are those of a cold start, so warm up before. Throws `ValueError` while another profile is
 * being made, which `IBEX_PROFILE` and `IBEX_TRACE` do.
 *
 * @param options.trace - also note when each call ran
 */
export async function profile(
  work: () => unknown,
  { trace = false }: { readonly trace?: boolean } = {},
): Promise<Profile> {
  native((core) => core.profileStart(trace, deviceNumber()));
  let result: Profile | undefined;
  try {
    await work();
  } finally {
    result = stopProfile();
  }
  return result;
}

const table = process.env['IBEX_PROFILE'] ?? '';
const traceFile = process.env['IBEX_TRACE'] ?? '';
let wanted = (table !== '' && table !== '0') || traceFile !== '';

/**
 * Where the environment asks for it, makes a profile of the whole process: `IBEX_PROFILE=1` prints a table to standard error
 * at the end, `IBEX_TRACE=FILE` writes a trace.
 */
export function profileByEnvironment(): void {
  if (!wanted) return;
  wanted = false;
  native((core) => core.profileStart(traceFile !== '', deviceNumber()));
  process.once('exit', () => {
    const made = stopProfile();
    if (table !== '' && table !== '0') process.stderr.write(formatProfile(made));
    if (traceFile !== '') writeFileSync(traceFile, JSON.stringify(chromeTrace(made)));
  });
}

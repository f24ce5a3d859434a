import type { Trace } from './trace.js';

// What the running code is in: a trace, eager mode.

let activeTrace: Trace | null = null;
let eager = process.env['IBEX_EAGER'] === '1';

export function currentTrace(): Trace | null {
  return activeTrace;
}

/** Whether a function is being traced, so that tensors have no values. */
export function isTracing(): boolean {
  return activeTrace !== null;
}

/** Runs `body` with the given trace (or none) as the active one. */
export function withTrace<T>(trace: Trace | null, body: () => T): T {
  const before = activeTrace;
  activeTrace = trace;
  try {
    return body();
  } finally {
    activeTrace = before;
  }
}

/** In eager mode every operation is computed, and fails, at once, for debugging. Also set by `IBEX_EAGER=1`. */
export function setEager(on: boolean): void {
  eager = on;
}

/** Runs `body` in eager mode. */
export function withEager<T>(body: () => T): T {
  const before = eager;
  eager = true;
  try {
    return body();
  } finally {
    eager = before;
  }
}

export function isEager(): boolean {
  return eager;
}

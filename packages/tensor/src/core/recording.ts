import type { Node } from './node.js';
import type { Tensor } from './tensor.js';
import type { Variable } from './variable.js';

/** One step of a computation that is to be differentiated. */
export interface Entry {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The call of a primitive, or a gradient function of the user's. */
  readonly node: Node | null;
  readonly gradient: ((gradients: readonly Tensor[]) => readonly (Tensor | null)[]) | null;
}

/** What notes down the computation while it runs. */
export interface Recorder {
  recordEntry(entry: Entry): void;
  recordRead(variable: Variable, value: Tensor): void;
}

const recorders: Recorder[] = [];

/** Whether anything records: the test on the hot path. */
export function isRecording(): boolean {
  return recorders.length > 0;
}

export function record(entry: Entry): void {
  for (const recorder of recorders) recorder.recordEntry(entry);
}

export function recordRead(variable: Variable, value: Tensor): void {
  for (const recorder of recorders) recorder.recordRead(variable, value);
}

export function startRecording(recorder: Recorder): void {
  recorders.push(recorder);
}

export function stopRecording(recorder: Recorder): void {
  const at = recorders.lastIndexOf(recorder);
  if (at >= 0) recorders.splice(at, 1);
}

/** Runs `body` unseen by the given recorders, or by all. */
export function withoutRecording<T>(body: () => T, hidden: readonly Recorder[] = recorders): T {
  const before = [...recorders];
  const kept = before.filter((recorder) => !hidden.includes(recorder));
  recorders.splice(0, recorders.length, ...kept);
  try {
    return body();
  } finally {
    recorders.splice(0, recorders.length, ...before);
  }
}

/** The most memory that a process had, in MB. */
export interface MemoryPeak {
  readonly rssMb: number;
  /** Of the GPU's, for tensors and what is computed in; undefined on a CPU. */
  readonly deviceMb?: number;
}

/** What a child process found. Times are of one step, in milliseconds. */
export interface Measurement extends MemoryPeak {
  /** Wall-clock time. */
  readonly ms: number;
  /** From the process's start to the end of the first step: loading, making the model, compiling. */
  readonly readyMs?: number;
  /** CPU time of all the process's threads. */
  readonly cpuMs: number;
  /** How late the event loop was, at the 99th percentile, in milliseconds: where a workload is to leave it free. */
  readonly loopDelayMs?: number;
  /** What was measured: name and version. */
  readonly version: string;
}

/** What a process found of a sweep's kernels. */
export interface SweepTimes extends MemoryPeak {
  /** Milliseconds of each, in the sweep's order. */
  readonly ms: readonly number[];
  readonly version: string;
}

/**
 * What must be the same everywhere, from the same weights and data: the losses of the first steps, without dropout, or outputs, or
 * the mean absolute values of the outputs of a sweep's kernels.
 */
export interface CheckedNumbers {
  readonly kind: 'losses' | 'outputs' | 'magnitudes';
  readonly values: readonly number[];
}

/** A workload of Ibex, ready to be measured. */
export interface Workload {
  /** Steps that are timed together; without it, as many as fit well into the time of the measurement. */
  readonly block?: number;
  /** Whether the event loop is to be free meanwhile, so that its delay is measured as well. */
  readonly leavesLoopFree?: boolean;
  /** Runs the step so many times, and ends when the last has ended. */
  run(steps: number): Promise<void>;
}

/** A training step, whose losses can be compared with a peer's. */
export interface TrainingWorkload extends Workload {
  /** The loss of the last step. */
  loss(): Promise<number>;
}

/** An inference step, whose outputs can be compared with a peer's. */
export interface PredictionWorkload extends Workload {
  outputs(): Promise<readonly number[]>;
}

export interface WorkloadOptions {
  /** Whether dropout drops anything; without it losses can be compared. */
  readonly dropout: boolean;
}

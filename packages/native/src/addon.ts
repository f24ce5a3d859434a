/** A native object's number. A stale or mistaken one is an error, never another object. */
export type Handle = number;

export interface BuildInfo {
  /** `Release` or `Debug`. */
  readonly type: string;
  readonly sanitizer: boolean;
  /** The instruction set in use: `baseline`, `avx2` or `avx512`. */
  readonly simd: string;
  /** oneDNN's version. */
  readonly onednn: string;
  readonly platform: string;
  readonly arch: string;
}

export interface CompileOptions {
  /** What profiles call the program. */
  readonly name?: string;
  /** The number of the device that the program is for. Default 0, the CPU. */
  readonly device?: number;
  /** Passes of the compiler to switch off, by name. */
  readonly disabledPasses?: readonly string[];
  /** Verify the graph after every pass. */
  readonly verify?: boolean;
  /** Keep every stage's text for `programDump`. */
  readonly dump?: boolean;
}

export interface ProgramInfo {
  readonly calls: number;
  readonly arenaBytes: number;
  readonly constantBytes: number;
  readonly feeds: number;
  readonly states: number;
  readonly outputs: number;
  readonly compileMicroseconds: number;
  /** How many runs were given to the device as a whole, recorded in an earlier one. */
  readonly replayed: number;
}

/** Times in milliseconds. */
export interface NativeProfile {
  readonly flopsPerSecond: number;
  readonly halfProductFlopsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly programs: readonly {
    readonly name: string;
    readonly runs: number;
    readonly milliseconds: number;
    readonly compileMilliseconds: number;
    readonly calls: readonly {
      readonly name: string;
      readonly shape: string;
      readonly scope: string;
      readonly flops: number;
      readonly bytes: number;
      readonly count: number;
      readonly milliseconds: number;
      readonly leastMilliseconds: number;
    }[];
  }[];
  /** Five numbers an event: kind (call, run, compile, enqueue), program, call, start and duration in microseconds. */
  readonly events: Float64Array;
  readonly eventsDropped: number;
}

export interface MemoryStats {
  readonly buffers: number;
  readonly bufferBytes: number;
  readonly arenaBytes: number;
  readonly poolBytes: number;
  readonly peakBytes: number;
  /** 0 for none. */
  readonly limitBytes: number;
  readonly variables: number;
  readonly programs: number;
  readonly handles: number;
}

/** Something that a plug-in looked for: a library, a driver. */
export interface PluginComponent {
  readonly name: string;
  readonly found: boolean;
  /** Nothing works without it. */
  readonly needed: boolean;
  readonly version: string;
  readonly path: string;
  /** What to do when it is missing. */
  readonly advice: string;
}

export interface PluginDevice {
  readonly description: string;
  readonly detail: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** What a library with another kind of devices says of itself. */
export interface PluginAnswer {
  /** Its devices are `name:0`, `name:1`, … */
  readonly name: string;
  /** What it was built with. */
  readonly build: string;
  /** Why there is no device; empty when there are some. */
  readonly reason: string;
  /** Ops that it has no kernels for, separated by commas. */
  readonly missingOps: string;
  readonly components: readonly PluginComponent[];
  readonly devices: readonly PluginDevice[];
}

/**
 * The native core's functions. Its errors are `Error`s with a `code` (`IBEX_…`) and, where a layer is to blame, its path as
 * `scope`. Work is queued on its device's thread in the order of the calls, so a handle can be used as soon as it is there.
 * Devices are numbers: 0 is the CPU, others come from `deviceOpen`. Values go to the device of the program that needs them.
 */
export interface Addon {
  /** Of the op definitions that the core was built from: 16 hexadecimal digits. */
  readonly opTableHash: string;
  readonly version: string;
  buildInfo(): BuildInfo;
  setNumThreads(count: number): void;
  getNumThreads(): number;

  /** Loads a library with other devices, and asks it. Throws where the file is none of this build. */
  pluginProbe(path: string, again?: boolean): PluginAnswer;
  /** The number of a plug-in's device, opened where it is not yet. */
  deviceOpen(path: string, index: number): number;

  /** A buffer with a copy of the bytes. */
  bufferFromData(bytes: ArrayBufferView, device?: number): Handle;
  bufferByteLength(buffer: Handle): number;
  /** The name of the device that it is on. */
  bufferDevice(buffer: Handle): string;
  /** A buffer with the same value on a device. */
  bufferToDevice(buffer: Handle, device: number): Handle;
  /** Copies the bytes out; rejects with the error of the program that should have computed them. */
  bufferRead(buffer: Handle, into: ArrayBufferView): Promise<void>;
  bufferReadSync(buffer: Handle, into: ArrayBufferView): void;
  bufferRetain(buffer: Handle): void;
  bufferRelease(buffer: Handle): void;

  /** A slot for a value that programs read and update; it holds a reference of its own to the buffer. */
  variableCreate(buffer: Handle): Handle;
  /** The value as it is now: updates go elsewhere. The caller releases it. */
  variableBuffer(variable: Handle): Handle;
  variableSet(variable: Handle, buffer: Handle): void;
  variableRelease(variable: Handle): void;

  /** Compiles an encoded graph. Throws for a malformed or unsupported one. */
  programCompile(graph: Uint8Array, options: CompileOptions): Handle;
  programInfo(program: Handle): ProgramInfo;
  programDump(program: Handle): { stage: string; text: string }[];
  /** Binds the program's states to variables, once. */
  programBind(program: Handle, variables: readonly Handle[]): void;
  /**
   * Enqueues a run and writes its outputs' handles to `outputs`; they are the caller's. A program without outputs runs
   * `times` times (default 1), until one run fails.
   */
  programRun(program: Handle, feeds: Int32Array, outputs: Int32Array, times?: number): void;
  /** The same; the promise ends with the last run. */
  programRunAsync(program: Handle, feeds: Int32Array, outputs: Int32Array, times?: number): Promise<void>;
  /** Ends with the run; when that fails it throws, and there are no outputs. */
  programRunSync(program: Handle, feeds: Int32Array, outputs: Int32Array): void;
  programRelease(program: Handle): void;

  /** Ends when all that was queued has; rejects with an error that no output carries. */
  sync(): Promise<void>;
  syncSync(): void;
  /** The numbers of objects are those of all devices. */
  memoryStats(device?: number): MemoryStats;
  /** 0 for no limit. */
  setMemoryLimit(bytes: number, device?: number): void;
  /** From here on `peakBytes` is the most since. */
  resetPeakMemory(device?: number): void;
  /** Begins to note the times of runs, and with `trace` of each event. */
  profileStart(trace: boolean, device?: number): void;
  /** What was noted since. Waits for what was queued, and on the first time measures the device. */
  profileStop(): NativeProfile;
  stats(): { programRuns: number; calls: number; handlesCreated: number };
}

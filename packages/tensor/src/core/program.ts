import { currentDevice, type OpenDevice } from './device.js';
import { inspectProgram } from './dump.js';
import { placeOn } from './placement.js';
import { profileByEnvironment } from './profile.js';
import type { TensorType } from './registry.js';
import { native, nativeAsync } from './runtime.js';
import { realizeAll, Tensor } from './tensor.js';
import { bindAll, hasPendingAssignments, noteProgramRun, type Variable } from './variable.js';

const disabledPasses = (process.env['IBEX_DISABLE_PASSES'] ?? '').split(',').filter((name) => name !== '');

/** A program in the core, ready to run on the device that was chosen when it was made. */
export class Program {
  readonly name: string;
  readonly #device: OpenDevice;
  readonly #handle: number;
  readonly #outputs: readonly TensorType[];
  #captured: readonly Tensor[];
  readonly variables: readonly Variable[];
  readonly #results: Int32Array;

  /**
   * @param bytes - the encoded graph
   * @param captured - tensors that are fed after the arguments
   * @param variables - the state, in the order of its numbers
   */
  constructor(
    name: string,
    bytes: Uint8Array,
    outputs: readonly TensorType[],
    captured: readonly Tensor[] = [],
    variables: readonly Variable[] = [],
  ) {
    this.name = name;
    // Not the tensors themselves, which would be kept alive.
    this.#outputs = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
    this.#captured = captured;
    for (const tensor of captured) tensor.pinned = true;
    this.variables = variables;
    this.#results = new Int32Array(outputs.length);
    profileByEnvironment();
    const dump = process.env['IBEX_DUMP'];
    this.#device = currentDevice();
    const device = this.#device.number;
    this.#handle = native((core) =>
      core.programCompile(bytes, { name, disabledPasses, dump: dump !== undefined, device }),
    );
    released.register(this, this.#handle);
    if (variables.length > 0) {
      const slots = bindAll(variables);
      native((core) => core.programBind(this.#handle, slots));
    }
    if (dump !== undefined) inspectProgram(name, this.#handle, dump);
  }

  /** The tensors on the program's device: copies of those that are elsewhere. */
  place(tensors: readonly Tensor[]): readonly Tensor[] {
    return placeOn(this.#device, tensors);
  }

  /**
   * The handles that a run is fed; they can be reused while the arguments are the same tensors. Those that are not on the
   * program's device go there with each run.
   */
  feedHandles(feeds: readonly Tensor[]): Int32Array {
    const pending = this.#captured.filter(({ node }) => node !== null);
    if (pending.length > 0) realizeAll(pending);
    const captured = this.place(this.#captured);
    if (captured !== this.#captured) for (const tensor of captured) tensor.pinned = true;
    this.#captured = captured;
    const handles = new Int32Array(feeds.length + this.#captured.length);
    feeds.forEach((feed, i) => {
      handles[i] = feed.bufferHandle();
    });
    this.#captured.forEach((tensor, i) => {
      handles[feeds.length + i] = tensor.bufferHandle();
    });
    return handles;
  }

  /** Hands values that were assigned to the program's variables since the last run to their native slots. */
  settleVariables(): void {
    if (!hasPendingAssignments()) return;
    for (const variable of this.variables) if (variable.pendingValue()) variable.bind();
  }

  /**
   * Enqueues a run; the handles of its outputs, which the caller comes to own. Valid until the next run. A program
   * without outputs can be run several times.
   */
  runInto(handles: Int32Array, times = 1): Int32Array {
    native((core) => core.programRun(this.#handle, handles, this.#results, times));
    return this.#results;
  }

  /** Like {@link runInto}, but ends with the run, and throws its error. */
  runNow(handles: Int32Array): Int32Array {
    native((core) => core.programRunSync(this.#handle, handles, this.#results));
    return this.#results;
  }

  /** Enqueues a run and returns its outputs at once; an error shows where they are read. */
  run(handles: Int32Array, times = 1): Tensor[] {
    this.runInto(handles, times);
    noteProgramRun();
    return this.#takeResults();
  }

  /** Like {@link run}; the promise ends with the last run. */
  runAsync(handles: Int32Array, times = 1): { outputs: Tensor[]; done: Promise<void> } {
    const done = nativeAsync((core) => core.programRunAsync(this.#handle, handles, this.#results, times));
    noteProgramRun();
    return { outputs: this.#takeResults(), done };
  }

  #takeResults(): Tensor[] {
    return this.#outputs.map(({ shape, dtype }, i) => Tensor.ofHandle(shape, dtype, this.#results[i]!));
  }
}

const released = new FinalizationRegistry<number>((handle) => native((core) => core.programRelease(handle)));

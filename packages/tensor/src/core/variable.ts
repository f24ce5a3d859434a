import { inspect } from 'node:util';
import { toTensor } from './apply.js';
import { floatx } from './config.js';
import { provideVariablesInUse } from './debug.js';
import { type DType, isFloat, type TypedArray, toDType } from './dtype.js';
import { ShapeError, TraceError } from './errors.js';
import type { NestedArray } from './host.js';
import { autoName } from './names.js';
import { isRecording, recordRead, withoutRecording } from './recording.js';
import { native } from './runtime.js';
import { currentScope } from './scope.js';
import { formatShape, type Shape, sameShape } from './shape.js';
import { currentTrace, withTrace } from './state.js';
import { realizeAll, Tensor, TensorHolder, type TensorLike } from './tensor.js';

export interface VariableOptions {
  /** Whether gradients are taken and optimizers update it. Default true. */
  trainable?: boolean | undefined;
  /** Default: that of the initial value. */
  dtype?: string | undefined;
  name?: string | undefined;
  /** Whether `value` is cast to another dtype within {@link withAutocast}. Default true. */
  autocast?: boolean | undefined;
  /** With an initial value that is a function: the shape, where it shall be known before the function is called. */
  shape?: Shape | undefined;
}

let autocastDtype: DType | null = null;

/** Runs `body` so that variables of float dtypes are read in another: computation in mixed precision. `null`: as they are. */
export function withAutocast<T>(dtype: DType | null, body: () => T): T {
  const before = autocastDtype;
  autocastDtype = dtype;
  try {
    return body();
  } finally {
    autocastDtype = before;
  }
}

/** Values assigned outside of traces that are not in their variables' native slots yet. */
const pending = new Set<Variable>();
let programRuns = 0;

/** Says that a compiled program ran: it may have updated any variable, so that snapshots are to be taken anew. */
export function noteProgramRun(): void {
  programRuns++;
}

/** Whether any variable has an assigned value that is not in its native slot yet. */
export function hasPendingAssignments(): boolean {
  return pending.size > 0;
}

/** The native slots of variables, which programs bind. First values are computed as one program. */
export function bindAll(variables: readonly Variable[]): number[] {
  realizeAll(variables.flatMap((variable) => variable.firstValue() ?? []));
  return variables.map((variable) => variable.bind());
}

/** The variables with assigned values that wait to be computed, and those values. */
export function pendingAssignments(): { variable: Variable; value: Tensor }[] {
  return [...pending].map((variable) => ({ variable, value: variable.pendingValue()! }));
}

/** The variables with native slots. */
const bound = new Set<WeakRef<Variable>>();
const released = new FinalizationRegistry<{ slot: number; reference: WeakRef<Variable> }>(
  ({ slot, reference }) => {
    bound.delete(reference);
    native((core) => core.variableRelease(slot));
  },
);

provideVariablesInUse(() => [...bound].flatMap((reference) => reference.deref() ?? []));

/**
 * Named state that can be assigned: weights, optimizer state, counters. Reading `value` gives an immutable tensor; while a
 * function is compiled, reading makes the variable an input of the program and assigning updates it in place.
 * After `keras.Variable`.
 */
export class Variable extends TensorHolder {
  readonly name: string;
  /** The scopes it was made in, and its name: `model/dense/kernel`. */
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: DType;
  trainable: boolean;
  readonly #autocast: boolean;
  /** Applied to the value by optimizers after each update. */
  constraint: ((value: Tensor) => Tensor) | null = null;
  /** A penalty of the value that models add to their loss. */
  regularizer: ((value: Tensor) => Tensor) | null = null;
  #initial: (() => TensorLike) | null = null;
  /** The value, unless it lies in the native slot. */
  #value: Tensor | null = null;
  /** Whether nothing else can hold the value, so that its memory is given up as soon as the slot has it. */
  #owned = false;
  #slot = 0;
  #snapshot: WeakRef<Tensor> | null = null;
  #snapshotRun = -1;

  /**
   * @param initial - the value, or a function that makes it; a function is called outside of any trace, so that
   *   variables can be made within one
   * Throws `TraceError` when the value is a tensor of a trace.
   */
  constructor(initial: TensorLike | (() => TensorLike), options: VariableOptions = {}) {
    super();
    this.trainable = options.trainable ?? true;
    this.#autocast = options.autocast ?? true;
    this.name = options.name ?? autoName('variable');
    const scope = currentScope();
    this.path = scope === '' ? this.name : `${scope}/${this.name}`;
    const dtype = options.dtype === undefined ? undefined : toDType(options.dtype);
    if (typeof initial === 'function' && options.shape) {
      this.shape = Object.freeze([...options.shape]);
      this.dtype = dtype ?? floatx();
      this.#initial = initial;
      return;
    }
    const value = typeof initial === 'function' ? evaluate(initial, dtype) : toTensor(initial, dtype);
    const isOwn = typeof initial === 'function' && value.node !== null;
    if (value.node?.trace) {
      throw new TraceError(
        `The variable '${this.path}' is made of a tensor of the function being traced. Pass a function that makes its first value instead.`,
      );
    }
    this.shape = value.shape;
    this.dtype = value.dtype;
    this.#set(value, isOwn);
  }

  /** The value at this point of the program: later assignments do not change the tensor. */
  override get value(): Tensor {
    const value = this.#read();
    return autocastDtype && this.#autocast && isFloat(this.dtype) ? toTensor(value, autocastDtype) : value;
  }

  /** Sets the value; it is cast to the variable's dtype. Throws `ShapeError` when its shape is another. */
  assign(value: TensorLike): this {
    let next = toTensor(value, this.dtype);
    if (!sameShape(next.shape, this.shape)) {
      if (next.size !== 1 || next.rank !== 0) {
        throw new ShapeError(
          `The variable '${this.path}' has shape ${formatShape(this.shape)} and can't be assigned a value of shape ${formatShape(next.shape)}.`,
        );
      }
      next = next.broadcastTo(this.shape);
    }
    const trace = currentTrace();
    if (trace) {
      trace.assignVariable(this, next);
    } else {
      next.node?.trace?.checkReachable(null);
      this.#initial = null;
      this.#set(next);
    }
    return this;
  }

  /** Adds to the value, which keeps its dtype. */
  assignAdd(value: TensorLike): this {
    return this.assign(this.#read().add(value));
  }

  assignSub(value: TensorLike): this {
    return this.assign(this.#read().sub(value));
  }

  data(): Promise<TypedArray> {
    return this.value.data();
  }

  dataSync(): TypedArray {
    return this.value.dataSync();
  }

  array(): Promise<NestedArray> {
    return this.value.array();
  }

  arraySync(): NestedArray {
    return this.value.arraySync();
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return this.shape.reduce((size, extent) => size * extent, 1);
  }

  override toString(): string {
    return `<Variable path=${this.path}, shape=${formatShape(this.shape)}, dtype=${this.dtype}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** @internal The assigned value that is not in the native slot yet. */
  pendingValue(): Tensor | null {
    return this.#value;
  }

  /** @internal The value that is to be computed before the variable can be bound, if there is one. */
  firstValue(): Tensor | null {
    this.#initialize();
    return this.#value;
  }

  /** @internal The assigned value is computed: hands it to the native slot, where there is one. */
  settle(): void {
    pending.delete(this);
    const value = this.#value;
    if (value === null || this.#slot === 0) return;
    native((core) => core.variableSet(this.#slot, value.bufferHandle()));
    this.#release(value);
  }

  /** @internal The native slot, which programs bind; the value lies there from now on. */
  bind(): number {
    this.#initialize();
    if (this.#slot === 0) {
      const value = this.#value!;
      this.#slot = native((core) => core.variableCreate(value.bufferHandle()));
      const reference = new WeakRef<Variable>(this);
      bound.add(reference);
      released.register(this, { slot: this.#slot, reference });
      this.#release(value);
      pending.delete(this);
    } else if (this.#value) {
      realizeAll([this.#value]);
      this.settle();
    }
    return this.#slot;
  }

  #read(): Tensor {
    const trace = currentTrace();
    const value = trace ? trace.readVariable(this) : this.#current();
    if (isRecording()) recordRead(this, value);
    return value;
  }

  #current(): Tensor {
    this.#initialize();
    if (this.#value) {
      this.#owned = false;
      return this.#value;
    }
    const known = this.#snapshotRun === programRuns ? this.#snapshot?.deref() : undefined;
    if (known) return known;
    const handle = native((core) => core.variableBuffer(this.#slot));
    const snapshot = Tensor.ofHandle(this.shape, this.dtype, handle);
    this.#snapshot = new WeakRef(snapshot);
    this.#snapshotRun = programRuns;
    return snapshot;
  }

  #initialize(): void {
    const initial = this.#initial;
    if (!initial) return;
    this.#initial = null;
    const value = evaluate(initial, this.dtype);
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `The variable '${this.path}' was given shape ${formatShape(this.shape)}, but its first value has shape ${formatShape(value.shape)}.`,
      );
    }
    this.#set(value, value.node !== null);
  }

  /** The slot has the value now. */
  #release(value: Tensor): void {
    this.#value = null;
    this.#snapshot = this.#owned ? null : new WeakRef(value);
    this.#snapshotRun = programRuns;
    if (this.#owned) value.dispose();
  }

  /** @param isOwn - whether the value is a pending call of the variable's own, which no one else reads */
  #set(value: Tensor, isOwn = false): void {
    // Others may hold the tensor itself, but not this twin of it.
    this.#value = isOwn ? value.alias() : value;
    this.#owned = isOwn;
    this.#value.pinned = true;
    if (value.node !== null || this.#slot !== 0) pending.add(this);
    else pending.delete(this);
  }
}

/** A variable's first value is no part of what is being traced or differentiated. */
function evaluate(initial: () => TensorLike, dtype: DType | undefined): Tensor {
  return detached(() => toTensor(initial(), dtype));
}

/** Runs `body` outside of traces and tapes: for making state within them. */
export function detached<T>(body: () => T): T {
  return withTrace(null, () => withAutocast(null, () => withoutRecording(body)));
}

import { inspect } from 'node:util';
import { isDebug, noteOrigin } from './debug.js';
import { uploadBytes } from './device.js';
import { type DType, type TypedArray, typedArrayFor } from './dtype.js';
import { DisposedError, ShapeError, TraceError, ValueError } from './errors.js';
import { formatTensor } from './format.js';
import { type NestedArray, nest, toJsNumber } from './host.js';
import type { Node } from './node.js';
import { native, readBuffer, readBufferSync, trackHandle, untrackHandle } from './runtime.js';
import { formatShape, type Shape, sizeOf } from './shape.js';

/** Anything that a function of tensors takes for one: nested arrays must be rectangular. */
export type TensorLike =
  | Tensor
  | { readonly value: Tensor }
  | number
  | bigint
  | boolean
  | TypedArray
  | NestedArray;

type Realize = (tensors: readonly Tensor[]) => void;
let realizeTensors: Realize = () => undefined;

/** Called once by realize.ts, which knows how to compute what is pending. */
export function provideRealize(realize: Realize): void {
  realizeTensors = realize;
}

/** Computes several pending tensors as one program. */
export function realizeAll(tensors: readonly Tensor[]): void {
  realizeTensors(tensors);
}

/**
 * An immutable array of numbers with a shape and a dtype. It is either computed, or a pending call that is computed when
 * its values are asked for. Make one with `tensor(values)` or with the functions of `ops`.
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** @internal The pending call, and which of its outputs this is. */
  node: Node | null = null;
  /** @internal */
  index = 0;
  /** @internal The native buffer's handle, 0 where there is none. */
  handle = 0;
  /** @internal Values that were not handed to the core yet: scalars and other small tensors. */
  host: TypedArray | null = null;
  /** @internal Held by a variable: its memory is not given up at the end of a scope. */
  pinned = false;
  #disposed = false;

  /** @internal Use `tensor(values)`. */
  constructor(shape: Shape, dtype: DType) {
    this.shape = shape;
    this.dtype = dtype;
    if (isDebug()) noteOrigin(this);
  }

  /** @internal */
  static pending(shape: Shape, dtype: DType, node: Node, index: number): Tensor {
    const tensor = new Tensor(shape, dtype);
    tensor.node = node;
    tensor.index = index;
    return tensor;
  }

  /** @internal */
  static ofHost(shape: Shape, dtype: DType, values: TypedArray): Tensor {
    const tensor = new Tensor(shape, dtype);
    tensor.host = values;
    return tensor;
  }

  /** @internal Takes over one reference to the buffer. */
  static ofHandle(shape: Shape, dtype: DType, handle: number): Tensor {
    const tensor = new Tensor(shape, dtype);
    tensor.adopt(handle);
    return tensor;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** @internal The call's result has come to lie in a buffer. */
  adopt(handle: number): void {
    this.handle = handle;
    this.node = null;
    trackHandle(this, handle);
  }

  /** @internal Another tensor of the same value, which an autodiff tape tells apart from this one. */
  alias(): Tensor {
    this.checkAlive();
    const twin = new Tensor(this.shape, this.dtype);
    twin.node = this.node;
    twin.index = this.index;
    twin.host = this.host;
    if (this.handle !== 0) {
      native((core) => core.bufferRetain(this.handle));
      twin.adopt(this.handle);
    }
    return twin;
  }

  /** @internal The handle of a buffer with the values, which are computed or handed over where that was not done yet. */
  bufferHandle(): number {
    this.#prepareRead();
    if (this.handle === 0) {
      this.handle = uploadBytes(this.host!);
      trackHandle(this, this.handle, false);
    }
    return this.handle;
  }

  /** @internal Throws where the tensor's memory was given up. */
  checkAlive(): void {
    if (this.#disposed)
      throw new DisposedError(`This tensor of shape ${formatShape(this.shape)} was disposed of.`);
  }

  /**
   * The elements in row-major order, without blocking the event loop. 16-bit floats come as their bits in a
   * `Uint16Array`, int64 as a `BigInt64Array`, bool as 0 and 1. Throws `TraceError` while a function is being traced.
   */
  async data(): Promise<TypedArray> {
    this.#prepareRead();
    if (this.host) return this.host.slice();
    const values = new (typedArrayFor(this.dtype))(this.size);
    await readBuffer(this.handle, values);
    return values;
  }

  /** Like {@link data}, but waits for the values. */
  dataSync(): TypedArray {
    this.#prepareRead();
    if (this.host) return this.host.slice();
    const values = new (typedArrayFor(this.dtype))(this.size);
    readBufferSync(this.handle, values);
    return values;
  }

  /** The elements as nested arrays of numbers (booleans for bool); int64 beyond 2^53 as bigint. */
  async array(): Promise<NestedArray> {
    return nest(await this.data(), this.shape, this.dtype);
  }

  /** Like {@link array}, but waits for the values. */
  arraySync(): NestedArray {
    return nest(this.dataSync(), this.shape, this.dtype);
  }

  /** The only element, as a number (bool as 0 or 1). Throws `ShapeError` where there is not exactly one. */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: only a tensor of one element has an item, got shape ${formatShape(this.shape)}`,
      );
    }
    return Number(toJsNumber(this.dataSync()[0]!, this.dtype));
  }

  /** Computes the tensor now, if that was not done yet; the work goes on in the background. Returns the tensor. */
  realize(): this {
    this.#prepareRead();
    return this;
  }

  /** Gives up the memory at once. It need not be called: unused tensors are collected. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.node = null;
    this.host = null;
    if (this.handle !== 0) untrackHandle(this, this.handle);
    this.handle = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    if (this.node?.trace) return `Tensor(traced, shape=${formatShape(this.shape)}, dtype=${this.dtype})`;
    this.checkAlive();
    return formatTensor(this.dataSync(), this.shape, this.dtype);
  }

  [inspect.custom](): string {
    if (this.#disposed) return `Tensor(disposed, shape=${formatShape(this.shape)}, dtype=${this.dtype})`;
    if (this.node) return `Tensor(pending, shape=${formatShape(this.shape)}, dtype=${this.dtype})`;
    return this.toString();
  }

  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString();
    throw new ValueError(
      'A tensor is no number: use its methods for arithmetic (a.add(b)), and item() to read a scalar.',
    );
  }

  #prepareRead(): void {
    this.checkAlive();
    if (this.node?.trace) {
      throw new TraceError(
        this.node.trace.open
          ? 'The values of a tensor cannot be read while the function that makes it is being traced: it is not computed yet. Return it, or compute with operations.'
          : 'This tensor belongs to a function that was traced, and has no values outside of it. Return it from the function instead of keeping it.',
      );
    }
    if (this.node) realizeTensors([this]);
    if (this.handle === 0 && !this.host) throw new DisposedError('This tensor has no values.');
  }
}

/** Something else than a tensor that has a value: what functions of tensors take for one. */
export abstract class TensorHolder {
  abstract readonly value: Tensor;
}

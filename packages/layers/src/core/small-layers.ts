import { ops, type SymbolicShape, type Tensor, ValueError } from '@ibex/tensor';
import { isShape, mapShapes } from './call-arguments.js';
import { Layer } from './layer.js';
import type { LayerOptions } from './layer-options.js';
import type { CallOptions, ShapeTree } from './types.js';

/** Gives its input. After `keras.layers.Identity`. */
export class Identity extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
  }

  override call<T>(x: T): T {
    return x;
  }
}

export interface MaskingOptions extends LayerOptions {
  /** Default 0. */
  readonly maskValue?: number | undefined;
}

/** Masks the steps of `[batch, steps, features]` whose features all have a value. After `keras.layers.Masking`. */
export class Masking extends Layer {
  readonly maskValue: number;

  constructor(options: MaskingOptions = {}) {
    super(options);
    this.maskValue = options.maskValue ?? 0;
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return ops.where(ops.any(ops.notEqual(x, this.maskValue), -1, { keepdims: true }), x, 0);
  }

  override computeMask(x: Tensor): Tensor {
    return ops.any(ops.notEqual(x, this.maskValue), -1);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), maskValue: this.maskValue };
  }
}

/** What a `Lambda` layer computes: of its inputs, and of the options of the call and the layer's `arguments`. */
export type LambdaFunction = (
  inputs: never,
  options: CallOptions & Readonly<Record<string, unknown>>,
) => unknown;

export interface LambdaOptions extends LayerOptions {
  /** Without the batch, or a function of the inputs' shape. Default: found by tracing. */
  readonly outputShape?: ShapeTree | ((inputShape: never) => ShapeTree) | null | undefined;
  /** The mask of the output, or a function of inputs and mask. */
  readonly mask?: Tensor | ((inputs: never, mask: never) => unknown) | null | undefined;
  /** Passed to the function with the options of the call. */
  readonly arguments?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * A function as a layer. It is saved by name, so that models with one can be loaded only where a function of this name is
 * registered; better write a subclass of `Layer`. After `keras.layers.Lambda`.
 */
export class Lambda extends Layer {
  static override readonly configArguments = ['function'];

  readonly function: LambdaFunction;
  readonly #options: LambdaOptions;

  constructor(fn: LambdaFunction, options: LambdaOptions = {}) {
    super(options);
    if (typeof fn !== 'function') throw new ValueError(`Lambda takes a function, got ${typeof fn}.`);
    this.function = fn;
    this.#options = options;
    this.supportsMasking = (options.mask ?? null) !== null;
    const { outputShape } = options;
    if (outputShape) {
      // Found by tracing otherwise, which a method on the instance stands in the way of.
      Object.defineProperty(this, 'computeOutputShape', {
        value: (inputShape: SymbolicShape) => this.#shapeFor(inputShape),
      });
    }
  }

  override call(inputs: unknown, options: CallOptions): unknown {
    return this.function(inputs as never, { ...this.#options.arguments, ...options });
  }

  override computeMask(inputs: unknown, previousMask: unknown): unknown {
    const { mask = null } = this.#options;
    return typeof mask === 'function' ? mask(inputs as never, previousMask as never) : mask;
  }

  #shapeFor(inputShape: SymbolicShape): ShapeTree {
    const { outputShape } = this.#options;
    if (typeof outputShape === 'function') return outputShape(inputShape as never);
    const first: unknown = isShape(inputShape) ? inputShape : Object.values(inputShape as object)[0];
    const batch = isShape(first) ? (first[0] ?? null) : null;
    return mapShapes(outputShape, (shape) => [batch, ...shape]) as ShapeTree;
  }

  override getConfig(): Record<string, unknown> {
    const { outputShape, mask, arguments: args } = this.#options;
    return {
      ...super.getConfig(),
      function: this.function,
      ...(outputShape && { outputShape }),
      ...(mask && { mask }),
      arguments: args ?? {},
    };
  }
}

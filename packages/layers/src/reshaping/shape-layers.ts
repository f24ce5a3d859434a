import {
  formatShape,
  type ImageDataFormat,
  ops,
  ShapeError,
  type SymbolicShape,
  type Tensor,
  ValueError,
} from '@ibex/tensor';
import { dataFormatOf, listOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { positiveInteger } from '../core/weights.js';

export interface FlattenOptions extends LayerOptions {
  /** With `'channels_first'` the channels are moved to the end first. */
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

/** Each sample as a vector: `[batch, size]`. After `keras.layers.Flatten`. */
export class Flatten extends Layer {
  readonly dataFormat: ImageDataFormat;

  constructor(options: FlattenOptions = {}) {
    super(options);
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.inputSpec = new InputSpec({ minNdim: 1 });
  }

  override call(x: Tensor): Tensor {
    const ordered = this.dataFormat === 'channels_first' && x.rank > 2 ? ops.moveaxis(x, 1, -1) : x;
    const size = x.shape.slice(1).reduce((product, extent) => product * extent, 1);
    return ops.reshape(ordered, [x.shape[0] ?? 1, size]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }
}

/** Each sample in another shape, of which one extent may be -1: it is computed. After `keras.layers.Reshape`. */
export class Reshape extends Layer {
  static override readonly configArguments = ['targetShape'];

  readonly targetShape: readonly number[];

  constructor(targetShape: readonly number[], options: LayerOptions = {}) {
    super(options);
    if (listOf('targetShape', targetShape).filter((extent) => extent === -1).length > 1) {
      throw new ValueError(`targetShape can have one -1 at most, got ${formatShape(targetShape)}.`);
    }
    this.targetShape = [...targetShape];
  }

  override call(x: Tensor): Tensor {
    return ops.reshape(x, [
      x.shape[0] ?? 1,
      ...this.#resolve(x.shape.slice(1)).map((extent) => extent ?? -1),
    ]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [inputShape[0] ?? null, ...this.#resolve(inputShape.slice(1))];
  }

  /** The target for a sample's shape; `null` in place of -1 where extents are not known. */
  #resolve(sample: SymbolicShape): (number | null)[] {
    const known = this.targetShape
      .filter((extent) => extent !== -1)
      .reduce((size, extent) => size * extent, 1);
    const size = sample.reduce<number | null>(
      (product, n) => (product === null || n === null ? null : product * n),
      1,
    );
    const computed = size === null ? null : known === 0 ? 0 : size / known;
    const fits =
      computed === null ||
      (this.targetShape.includes(-1) ? Number.isInteger(computed) : computed === 1 || size === known);
    if (!fits) {
      throw new ShapeError(
        `Layer '${this.name}' can't bring samples of shape ${formatShape(sample)} (${size} elements) into shape ${formatShape(this.targetShape)}.`,
      );
    }
    return this.targetShape.map((extent) => (extent === -1 ? computed : extent));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), targetShape: this.targetShape };
  }
}

/** The axes of each sample in another order, counted from 1. After `keras.layers.Permute`. */
export class Permute extends Layer {
  static override readonly configArguments = ['dims'];

  readonly dims: readonly number[];

  constructor(dims: readonly number[], options: LayerOptions = {}) {
    super(options);
    if (
      listOf('dims', dims)
        .sort((a, b) => a - b)
        .some((axis, i) => axis !== i + 1)
    ) {
      throw new ValueError(`dims must hold each of 1 to ${dims.length} once, got ${formatShape(dims)}.`);
    }
    this.dims = [...dims];
    this.inputSpec = new InputSpec({ ndim: dims.length + 1 });
  }

  override call(x: Tensor): Tensor {
    return ops.transpose(x, [0, ...this.dims]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dims: this.dims };
  }
}

/** `[batch, features]` as `[batch, n, features]`. After `keras.layers.RepeatVector`. */
export class RepeatVector extends Layer {
  static override readonly configArguments = ['n'];

  readonly n: number;

  constructor(n: number, options: LayerOptions = {}) {
    super(options);
    this.n = positiveInteger('n', n);
    this.inputSpec = new InputSpec({ ndim: 2 });
  }

  override call(x: Tensor): Tensor {
    const [batch = 1, features = 1] = x.shape;
    return ops.broadcastTo(ops.expandDims(x, 1), [batch, this.n, features]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), n: this.n };
  }
}

import { formatShape, type ImageDataFormat, ops, ShapeError, type Tensor, ValueError } from '@ibex/tensor';
import { dataFormatOf } from '../arguments.js';
import { InputSpec } from '../core/input-spec.js';
import { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';

/** How much at the beginning and at the end of an axis. */
export type Border = readonly [number, number];

/** The same at every end; the same at both ends of each axis; or each end of each axis. */
export type Borders = number | readonly (number | Border)[];

export interface BorderOptions extends LayerOptions {
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

/** Both ends of each axis. Throws `ValueError` unless they are whole numbers of at least 0, for as many axes. */
function bordersOf(name: string, value: Borders, axes: number): Border[] {
  const pair = (entry: number | readonly number[]): Border => {
    const [low, high] = typeof entry === 'number' ? [entry, entry] : entry;
    if (!Number.isInteger(low) || !Number.isInteger(high) || low! < 0 || high! < 0) {
      throw new ValueError(
        `${name} must hold whole numbers of at least 0, two for each axis, got ${JSON.stringify(value)}.`,
      );
    }
    return [low!, high!];
  };
  if (typeof value === 'number') return Array.from({ length: axes }, () => pair(value));
  // Of a single axis, two numbers are its ends.
  if (axes === 1 && value.length === 2) return [pair(value as readonly number[])];
  if (value.length !== axes) {
    throw new ValueError(`${name} must be given for ${axes} axes, got ${JSON.stringify(value)}.`);
  }
  return value.map(pair);
}

abstract class BorderLayer extends Layer {
  readonly dataFormat: ImageDataFormat;
  readonly #rank: number;

  constructor(rank: number, options: BorderOptions) {
    super(options);
    this.#rank = rank;
    this.dataFormat = dataFormatOf(options.dataFormat);
    this.inputSpec = new InputSpec({ ndim: rank + 2 });
  }

  /** The first spatial axis. */
  protected get firstAxis(): number {
    return this.dataFormat === 'channels_last' ? 1 : 2;
  }

  /** As configurations have it: of one axis, just its two ends. */
  protected shown(borders: readonly Border[]): unknown {
    return this.#rank === 1 ? borders[0] : borders;
  }
}

abstract class BaseZeroPadding extends BorderLayer {
  static override readonly configArguments = ['padding'];

  readonly padding: readonly Border[];

  constructor(rank: number, padding: Borders, options: BorderOptions) {
    super(rank, options);
    this.padding = bordersOf('padding', padding, rank);
  }

  override call(x: Tensor): Tensor {
    const widths: Border[] = x.shape.map((_, axis) => this.padding[axis - this.firstAxis] ?? [0, 0]);
    return ops.pad(x, widths);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), padding: this.shown(this.padding), dataFormat: this.dataFormat };
  }
}

abstract class BaseCropping extends BorderLayer {
  static override readonly configArguments = ['cropping'];

  readonly cropping: readonly Border[];

  constructor(rank: number, cropping: Borders, options: BorderOptions) {
    super(rank, options);
    this.cropping = bordersOf('cropping', cropping, rank);
  }

  override call(x: Tensor): Tensor {
    const borders = x.shape.map((_, axis): Border => this.cropping[axis - this.firstAxis] ?? [0, 0]);
    const sizes = x.shape.map((extent, axis) => extent - borders[axis]![0] - borders[axis]![1]);
    if (sizes.some((size, axis) => size <= 0 && x.shape[axis] !== 0)) {
      throw new ShapeError(
        `Layer '${this.name}' crops ${JSON.stringify(this.cropping)}, which leaves nothing of shape ${formatShape(x.shape)}.`,
      );
    }
    return ops.slice(
      x,
      borders.map(([low]) => low),
      sizes,
    );
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cropping: this.shown(this.cropping), dataFormat: this.dataFormat };
  }
}

/** Zeros before and after the steps of `[batch, steps, channels]`. After `keras.layers.ZeroPadding1D`. */
export class ZeroPadding1D extends BaseZeroPadding {
  /** @param padding - a number for both ends, or `[before, after]` */
  constructor(padding: Borders = 1, options: BorderOptions = {}) {
    super(1, padding, options);
  }
}

/** Zeros around images, `[batch, height, width, channels]`. After `keras.layers.ZeroPadding2D`. */
export class ZeroPadding2D extends BaseZeroPadding {
  /** @param padding - a number for all sides, `[rows, columns]`, or `[[top, bottom], [left, right]]` */
  constructor(padding: Borders = 1, options: BorderOptions = {}) {
    super(2, padding, options);
  }
}

/** Zeros around volumes, `[batch, depth, height, width, channels]`. After `keras.layers.ZeroPadding3D`. */
export class ZeroPadding3D extends BaseZeroPadding {
  constructor(padding: Borders = 1, options: BorderOptions = {}) {
    super(3, padding, options);
  }
}

/** Takes away steps of `[batch, steps, channels]` at both ends. After `keras.layers.Cropping1D`. */
export class Cropping1D extends BaseCropping {
  /** @param cropping - a number for both ends, or `[before, after]` */
  constructor(cropping: Borders = 1, options: BorderOptions = {}) {
    super(1, cropping, options);
  }

  override getConfig(): Record<string, unknown> {
    const { dataFormat: _, ...config } = super.getConfig();
    return config;
  }
}

/** Takes away rows and columns of images, `[batch, height, width, channels]`. After `keras.layers.Cropping2D`. */
export class Cropping2D extends BaseCropping {
  /** @param cropping - a number for all sides, `[rows, columns]`, or `[[top, bottom], [left, right]]` */
  constructor(cropping: Borders = 0, options: BorderOptions = {}) {
    super(2, cropping, options);
  }
}

/** Takes away the borders of volumes, `[batch, depth, height, width, channels]`. After `keras.layers.Cropping3D`. */
export class Cropping3D extends BaseCropping {
  constructor(cropping: Borders = 1, options: BorderOptions = {}) {
    super(3, cropping, options);
  }
}

// Images: batches `[N, H, W, C]` (or single ones, `[H, W, C]`), channels last unless said otherwise.
import { toTensor } from '../core/apply.js';
import { type ImageDataFormat, imageDataFormat } from '../core/config.js';
import { tensor } from '../core/create.js';
import { isFloat } from '../core/dtype.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import { formatShape } from '../core/shape.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { asFloat, sliceAxis } from './base.js';
import { extent } from './defs/rules.js';
import { saturateCast } from './elementwise.js';
import { pad } from './padding.js';
import { castTo, gatherAlong, permute, reshapeTo } from './primitives.js';

export interface ResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear' | undefined;
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

/** Where the pixels of an axis of `size` come from in one of `n`, by pixel centres. */
function sources(n: number, size: number): { low: number[]; high: number[]; share: number[] } {
  const low: number[] = [];
  const high: number[] = [];
  const share: number[] = [];
  for (let i = 0; i < size; i++) {
    const place = Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / size - 0.5));
    const floor = Math.floor(place);
    low.push(floor);
    high.push(Math.min(n - 1, floor + 1));
    share.push(place - floor);
  }
  return { low, high, share };
}

const indices = (list: readonly number[]): Tensor => tensor(Int32Array.from(list));

function resizeAxis(x: Tensor, axis: number, size: number, nearest: boolean): Tensor {
  const n = extent(x.shape, axis);
  if (n === size) return x;
  if (nearest) {
    const from = Array.from({ length: size }, (_, i) => Math.min(n - 1, Math.floor(((i + 0.5) * n) / size)));
    return gatherAlong(x, indices(from), axis);
  }
  const { low, high, share } = sources(n, size);
  const weights = castTo(tensor(Float64Array.from(share)), x.dtype).reshape(
    x.shape.map((_, i) => (i === axis ? size : 1)),
  );
  const [before, after] = [gatherAlong(x, indices(low), axis), gatherAlong(x, indices(high), axis)];
  return before.add(after.sub(before).mul(weights));
}

/** `compute` on images as `[N, H, W, C]`, whatever the format and whether there is a batch. */
function onImages(
  op: string,
  images: TensorLike,
  dataFormat: ImageDataFormat | null | undefined,
  compute: (x: Tensor) => Tensor,
): Tensor {
  const given = toTensor(images);
  if (given.rank !== 3 && given.rank !== 4) {
    throw new ShapeError(`${op}: expected images of rank 3 or 4, got shape ${formatShape(given.shape)}`);
  }
  const first = (dataFormat ?? imageDataFormat()) === 'channels_first';
  const batch = given.rank === 3 ? reshapeTo(given, [1, ...given.shape]) : given;
  const result = compute(first ? permute(batch, [0, 2, 3, 1]) : batch);
  const formatted = first ? permute(result, [0, 3, 1, 2]) : result;
  return given.rank === 3 ? reshapeTo(formatted, formatted.shape.slice(1)) : formatted;
}

/** Images in another size. Integers are rounded back into their type. Pixels are placed by their centres. */
export const resize = publicOp(
  'resize',
  (images: TensorLike, size: readonly [number, number], options: ResizeOptions = {}): Tensor => {
    const { interpolation = 'bilinear' } = options;
    if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
      throw new ValueError(
        `resize: interpolation must be 'nearest' or 'bilinear', got '${String(interpolation)}'`,
      );
    }
    const [height, width] = size;
    if (![height, width].every((n) => Number.isInteger(n) && n > 0)) {
      throw new ValueError(`resize: size must be two positive integers, got ${formatShape(size)}`);
    }
    return onImages('resize', images, options.dataFormat, (x) => {
      const nearest = interpolation === 'nearest';
      const wide = nearest ? x : asFloat(x);
      const result = resizeAxis(resizeAxis(wide, 1, height, nearest), 2, width, nearest);
      return isFloat(x.dtype) || nearest ? result : saturateCast(result.round(), x.dtype);
    });
  },
);

/** The luminance of red-green-blue images, with one channel. */
export const rgbToGrayscale = publicOp(
  'rgbToGrayscale',
  (images: TensorLike, options: { readonly dataFormat?: ImageDataFormat | null } = {}): Tensor =>
    onImages('rgbToGrayscale', images, options.dataFormat, (x) => {
      if (x.shape[3] !== 3)
        throw new ShapeError(`rgbToGrayscale: expected 3 channels, got shape ${formatShape(x.shape)}`);
      const wide = asFloat(x);
      const weights = castTo(tensor(Float64Array.of(0.2989, 0.587, 0.114)), wide.dtype);
      return castTo(wide.mul(weights).sum(-1, { keepdims: true }), x.dtype);
    }),
);

export interface BoxOptions {
  readonly dataFormat?: ImageDataFormat | null | undefined;
}

/** Images cut to a window of `targetHeight × targetWidth` with its upper left corner at an offset. */
export const cropImages = publicOp(
  'cropImages',
  (
    images: TensorLike,
    box: {
      readonly topCropping?: number;
      readonly leftCropping?: number;
      readonly targetHeight: number;
      readonly targetWidth: number;
    },
    options: BoxOptions = {},
  ): Tensor =>
    onImages('cropImages', images, options.dataFormat, (x) => {
      const { topCropping: top = 0, leftCropping: left = 0, targetHeight, targetWidth } = box;
      if (
        top < 0 ||
        left < 0 ||
        top + targetHeight > extent(x.shape, 1) ||
        left + targetWidth > extent(x.shape, 2)
      ) {
        throw new ShapeError(
          `cropImages: a window of ${targetHeight} × ${targetWidth} at (${top}, ${left}) does not lie in ${formatShape(x.shape)}`,
        );
      }
      return sliceAxis(sliceAxis(x, 1, top, top + targetHeight), 2, left, left + targetWidth);
    }),
);

/** Images padded with zeros at their borders. */
export const padImages = publicOp(
  'padImages',
  (
    images: TensorLike,
    border: {
      readonly top?: number;
      readonly bottom?: number;
      readonly left?: number;
      readonly right?: number;
    },
    options: BoxOptions = {},
  ): Tensor =>
    onImages('padImages', images, options.dataFormat, (x) =>
      pad(x, [
        [0, 0],
        [border.top ?? 0, border.bottom ?? 0],
        [border.left ?? 0, border.right ?? 0],
        [0, 0],
      ]),
    ),
);

/** Blocks of pixels as channels: `[N, H, W, C]` becomes `[N, H / b, W / b, C · b²]`. */
export const spaceToDepth = publicOp(
  'spaceToDepth',
  (x: TensorLike, blockSize: number, options: BoxOptions = {}): Tensor =>
    onImages('spaceToDepth', x, options.dataFormat, (t) => {
      const [n, h, w, c] = t.shape as [number, number, number, number];
      if (h % blockSize !== 0 || w % blockSize !== 0) {
        throw new ShapeError(`spaceToDepth: ${h} × ${w} pixels do not divide into blocks of ${blockSize}`);
      }
      const blocks = reshapeTo(t, [n, h / blockSize, blockSize, w / blockSize, blockSize, c]);
      return reshapeTo(permute(blocks, [0, 1, 3, 2, 4, 5]), [
        n,
        h / blockSize,
        w / blockSize,
        c * blockSize ** 2,
      ]);
    }),
);

/** Channels as blocks of pixels: the inverse of `spaceToDepth`. */
export const depthToSpace = publicOp(
  'depthToSpace',
  (x: TensorLike, blockSize: number, options: BoxOptions = {}): Tensor =>
    onImages('depthToSpace', x, options.dataFormat, (t) => {
      const [n, h, w, c] = t.shape as [number, number, number, number];
      const depth = c / blockSize ** 2;
      if (!Number.isInteger(depth)) {
        throw new ShapeError(
          `depthToSpace: ${c} channels do not divide into blocks of ${blockSize} × ${blockSize}`,
        );
      }
      const blocks = reshapeTo(t, [n, h, w, blockSize, blockSize, depth]);
      return reshapeTo(permute(blocks, [0, 1, 3, 2, 4, 5]), [n, h * blockSize, w * blockSize, depth]);
    }),
);

import { floatx } from './config.js';
import { uploadBytes } from './device.js';
import { type DType, type TypedArray, toDType } from './dtype.js';
import { ShapeError } from './errors.js';
import {
  dtypeOfArray,
  encodeScalars,
  flattenNested,
  holdsDType,
  inferDType,
  type NestedArray,
  type Scalar,
  shapeOfNested,
  toJsNumber,
} from './host.js';
import { formatShape, type Shape, sizeOf } from './shape.js';
import { Tensor } from './tensor.js';

/** Tensors of at most this many elements stay with JavaScript until a program takes them in. */
const SMALL = 16;

export interface TensorOptions {
  /** Of typed arrays, or to reshape; nested arrays have a shape of their own. */
  readonly shape?: Shape | undefined;
  /** Default: that of the typed array; bool for booleans, int64 for bigints, `floatx()` for numbers. */
  readonly dtype?: DType | 'int' | 'float' | undefined;
}

/**
 * A tensor of the given values: a number, nested arrays, a typed array, or a Buffer (of uint8). The values are copied.
 * Throws `ShapeError` where arrays are ragged or do not fill `shape`, and `DTypeError` for values that are no numbers.
 */
export function tensor(values: Scalar | NestedArray | TypedArray, options: TensorOptions = {}): Tensor {
  const dtype = options.dtype === undefined ? undefined : toDType(options.dtype);
  if (ArrayBuffer.isView(values)) return fromTypedArray(values as TypedArray, options.shape, dtype);
  const nested = values as NestedArray;
  const shape = shapeOfNested(nested);
  const scalars = flattenNested(nested, shape);
  const resolved = dtype ?? inferDType(scalars, floatx());
  return fromElements(
    encodeScalars(scalars, resolved),
    checkShape(options.shape ?? shape, scalars.length),
    resolved,
  );
}

function fromTypedArray(values: TypedArray, given: Shape | undefined, dtype: DType | undefined): Tensor {
  const resolved = dtype ?? dtypeOfArray(values);
  const shape = checkShape(given ?? [values.length], values.length);
  if (holdsDType(values, resolved)) return fromElements(values, shape, resolved, true);
  const own = dtypeOfArray(values);
  const scalars = Array.from(values as ArrayLike<number | bigint>, (value) => toJsNumber(value, own));
  return fromElements(encodeScalars(scalars, resolved), shape, resolved);
}

function fromElements(values: TypedArray, shape: Shape, dtype: DType, shared = false): Tensor {
  if (values.length <= SMALL) return Tensor.ofHost(shape, dtype, shared ? values.slice() : values);
  return Tensor.ofHandle(shape, dtype, uploadBytes(values));
}

function checkShape(shape: Shape, count: number): Shape {
  if (sizeOf(shape) !== count) {
    throw new ShapeError(
      `tensor: shape ${formatShape(shape)} holds ${sizeOf(shape)} elements, but ${count} values were given`,
    );
  }
  return Object.freeze([...shape]);
}

const commonScalars = new Map<DType, Map<Scalar, Tensor>>();
const COMMON_LIMIT = 256;

/** A scalar of `dtype`. Those that programs are full of are made once. */
export function scalar(value: Scalar, dtype: DType): Tensor {
  let known = commonScalars.get(dtype);
  if (known === undefined) commonScalars.set(dtype, (known = new Map()));
  // A map takes -0 for 0.
  if (Object.is(value, -0)) return Tensor.ofHost([], dtype, encodeScalars([value], dtype));
  let made = known.get(value);
  if (made === undefined) {
    made = Tensor.ofHost([], dtype, encodeScalars([value], dtype));
    if (known.size < COMMON_LIMIT) known.set(value, made);
  }
  return made;
}

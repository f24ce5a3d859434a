import {
  type DType,
  fromBfloat16Bits,
  fromFloat16Bits,
  type TypedArray,
  toBfloat16Bits,
  toFloat16Bits,
  typedArrayFor,
} from './dtype.js';
import { DTypeError, ShapeError, ValueError } from './errors.js';
import { formatShape, type Shape, sizeOf } from './shape.js';

/** Numbers, booleans or bigints in arrays of arrays. */
export type NestedArray = number | boolean | bigint | readonly NestedArray[];

export type Scalar = number | boolean | bigint;

/** An element as JavaScript shows it: bits as the float they stand for, bool as boolean, int64 as number where exact. */
export function toJsNumber(value: number | bigint, dtype: DType): Scalar {
  switch (dtype) {
    case 'bool':
      return value !== 0;
    case 'float16':
      return fromFloat16Bits(Number(value));
    case 'bfloat16':
      return fromBfloat16Bits(Number(value));
    case 'int64': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    default:
      return value;
  }
}

/** Row-major values as nested arrays. */
export function nest(values: TypedArray, shape: Shape, dtype: DType): NestedArray {
  if (shape.length === 0) return toJsNumber(values[0]!, dtype);
  let rows: NestedArray[] = Array.from(values as ArrayLike<number | bigint>, (value) =>
    toJsNumber(value, dtype),
  );
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const extent = shape[axis]!;
    const count = sizeOf(shape.slice(0, axis));
    rows = Array.from({ length: count }, (_, i) => rows.slice(i * extent, (i + 1) * extent));
  }
  return rows;
}

/** The shape of nested arrays. Throws `ShapeError` where they are ragged. */
export function shapeOfNested(value: NestedArray): number[] {
  const shape: number[] = [];
  for (
    let probe: NestedArray | undefined = value;
    Array.isArray(probe);
    probe = (probe as readonly NestedArray[])[0]
  ) {
    shape.push(probe.length);
  }
  return shape;
}

/** The leaves of nested arrays in row-major order. Throws `ShapeError` where they are ragged. */
export function flattenNested(value: NestedArray, shape: Shape): Scalar[] {
  const leaves: Scalar[] = [];
  const walk = (part: NestedArray, axis: number): void => {
    if (axis === shape.length) {
      if (Array.isArray(part)) throw raggedError(shape, axis);
      leaves.push(part as Scalar);
      return;
    }
    if (!Array.isArray(part) || part.length !== shape[axis]) throw raggedError(shape, axis);
    for (const child of part) walk(child as NestedArray, axis + 1);
  };
  walk(value, 0);
  return leaves;
}

function raggedError(shape: Shape, axis: number): ShapeError {
  return new ShapeError(
    `tensor: nested arrays must be rectangular; the first entries make shape ${formatShape(shape)}, but along axis ${axis} another is different`,
  );
}

/** Elements of `dtype` from JavaScript values. Throws `DTypeError` for values that are neither numbers nor booleans. */
export function encodeScalars(scalars: readonly Scalar[], dtype: DType): TypedArray {
  const values = new (typedArrayFor(dtype))(scalars.length);
  for (let i = 0; i < scalars.length; i++) values[i] = encodeScalar(scalars[i]!, dtype) as never;
  return values;
}

function encodeScalar(scalar: Scalar, dtype: DType): number | bigint {
  const type = typeof scalar;
  if (type !== 'number' && type !== 'boolean' && type !== 'bigint') {
    throw new DTypeError(
      `tensor: values must be numbers, booleans or bigints, got ${scalar === null ? 'null' : type}`,
    );
  }
  switch (dtype) {
    case 'bool':
      return scalar ? 1 : 0;
    case 'int64':
      if (type === 'number' && !Number.isInteger(scalar)) return toBigInt(scalar as number);
      return BigInt(scalar);
    case 'float16':
      return toFloat16Bits(Number(scalar));
    case 'bfloat16':
      return toBfloat16Bits(Number(scalar));
    default:
      return Number(scalar);
  }
}

function toBigInt(value: number): bigint {
  if (!Number.isFinite(value)) throw new ValueError(`tensor: ${value} is no int64`);
  return BigInt(Math.trunc(value));
}

/** The dtype of JavaScript values where none is given: bool, int64 for bigints, and `float` for numbers, which are floats. */
export function inferDType(scalars: readonly Scalar[], float: DType): DType {
  const kinds = new Set(scalars.map((scalar) => typeof scalar));
  if (kinds.size === 1 && kinds.has('boolean')) return 'bool';
  return kinds.size > 0 && !kinds.has('number') && kinds.has('bigint') ? 'int64' : float;
}

/** The dtype that a typed array holds, unless it is said otherwise. */
export function dtypeOfArray(values: TypedArray): DType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Float64Array) return 'float64';
  if (values instanceof Int32Array) return 'int32';
  if (values instanceof Uint8Array) return 'uint8';
  if (values instanceof Int8Array) return 'int8';
  if (values instanceof Int16Array) return 'int16';
  if (values instanceof Uint32Array) return 'uint32';
  if (values instanceof BigInt64Array) return 'int64';
  if (values instanceof Uint16Array) {
    throw new DTypeError(
      "tensor: a Uint16Array holds the bits of 16-bit floats; say which: { dtype: 'float16' } or 'bfloat16'",
    );
  }
  throw new DTypeError(
    `tensor: ${(values as object).constructor.name} is not among the arrays that hold a dtype`,
  );
}

/** Whether elements of `dtype` lie in such an array as they are. */
export function holdsDType(values: TypedArray, dtype: DType): boolean {
  if (values instanceof Uint8ClampedArray) return dtype === 'uint8';
  return values instanceof typedArrayFor(dtype);
}

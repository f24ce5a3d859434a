import { DTypeError } from './errors.js';

/** Element types, in the order of the core's numbers (native/ir/dtype.h). */
export const DTYPES = [
  'bool',
  'uint8',
  'int8',
  'int16',
  'int32',
  'uint32',
  'int64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
] as const;

export type DType = (typeof DTYPES)[number];

/** How elements are held in JavaScript; the 16-bit floats as their bits. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type TypedArrayConstructor = {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

const ARRAYS: Record<DType, TypedArrayConstructor> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
};

const IDS = new Map<string, number>(DTYPES.map((dtype, id) => [dtype, id]));

export function dtypeId(dtype: DType): number {
  return IDS.get(dtype)!;
}

export function typedArrayFor(dtype: DType): TypedArrayConstructor {
  return ARRAYS[dtype];
}

export function bytesPerElement(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';
}

export function isInteger(dtype: DType): boolean {
  return dtype !== 'bool' && !isFloat(dtype);
}

/** Checks a name given by a user; `'int'` and `'float'` are Keras's short forms. Throws `DTypeError`. */
export function toDType(name: string): DType {
  if (IDS.has(name)) return name as DType;
  if (name === 'int') return 'int32';
  if (name === 'float') return 'float32';
  throw new DTypeError(`Unknown dtype '${name}'; the dtypes are ${DTYPES.join(', ')}.`);
}

/** Weak types of plain JavaScript values: they take on the dtype of the tensors they meet. */
export type WeakType = 'bool' | 'int' | 'float';

/**
 * The dtype in which operands of different dtypes meet, as in Keras (JAX's type-promotion lattice). Weak types (plain
 * numbers and booleans) do not widen tensors of their own kind.
 */
export function resultType(
  dtypes: readonly DType[],
  weak: readonly WeakType[] = [],
  float: DType = 'float32',
): DType {
  let result = dtypes.length > 0 ? dtypes.reduce(promote) : undefined;
  for (const kind of weak) {
    if (result === undefined) result = kind === 'float' ? float : kind === 'int' ? 'int32' : 'bool';
    else if (kind === 'float' && !isFloat(result)) result = float;
    else if (kind === 'int' && result === 'bool') result = 'int32';
  }
  return result ?? float;
}

const SIGNED: readonly DType[] = ['int8', 'int16', 'int32', 'int64'];
const UNSIGNED: readonly DType[] = ['uint8', 'uint32'];

function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  if (a === 'bool') return b;
  if (b === 'bool') return a;
  if (isFloat(a) && isFloat(b)) {
    if (a === 'float64' || b === 'float64') return 'float64';
    return 'float32'; // float16 and bfloat16 meet in float32, as either meets float32
  }
  if (isFloat(a)) return a;
  if (isFloat(b)) return b;
  if (a === 'int64' || b === 'int64') {
    // Keras takes uint32 with int64 to int64, which holds all of both.
    return 'int64';
  }
  const bothUnsigned = UNSIGNED.includes(a) && UNSIGNED.includes(b);
  if (bothUnsigned) return 'uint32';
  if (UNSIGNED.includes(a) || UNSIGNED.includes(b)) {
    const [unsigned, signed] = UNSIGNED.includes(a) ? [a, b] : [b, a];
    if (unsigned === 'uint32') return 'int64';
    return SIGNED.indexOf(signed) > 0 ? signed : 'int16';
  }
  return SIGNED.indexOf(a) > SIGNED.indexOf(b) ? a : b;
}

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The bits of the float16 nearest to `x` (ties to even). */
export function toFloat16Bits(x: number): number {
  f32[0] = x;
  const bits = u32[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: adding 2^-24's half unit by way of float32 arithmetic rounds for us.
    f32[0] = Math.abs(x) + 0.5;
    return sign | (u32[0]! - 0x3f000000);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the bfloat16 nearest to `x` (ties to even). */
export function toBfloat16Bits(x: number): number {
  f32[0] = x;
  const bits = u32[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBfloat16Bits(bits: number): number {
  u32[0] = bits << 16;
  return f32[0]!;
}

/** The largest number of a float dtype that is below `x`. */
export function nextBelow(x: number, dtype: DType): number {
  if (dtype === 'float16') return stepDown(x, toFloat16Bits, fromFloat16Bits);
  if (dtype === 'bfloat16') return stepDown(x, toBfloat16Bits, fromBfloat16Bits);
  if (dtype === 'float32') {
    return stepDown(x, toFloat32Bits, fromFloat32Bits);
  }
  f64[0] = x;
  u64[0]! += x > 0 ? -1n : 1n;
  return x === 0 ? -Number.MIN_VALUE : f64[0]!;
}

function toFloat32Bits(x: number): number {
  f32[0] = x;
  return u32[0]!;
}

function fromFloat32Bits(bits: number): number {
  u32[0] = bits;
  return f32[0]!;
}

const f64 = new Float64Array(1);
const u64 = new BigUint64Array(f64.buffer);

/** Floats of one sign are ordered as their bits are. */
function stepDown(x: number, toBits: (x: number) => number, fromBits: (bits: number) => number): number {
  const bits = toBits(x);
  const nearest = fromBits(bits);
  if (nearest < x) return nearest;
  if (nearest === 0) return -fromBits(1);
  return fromBits(nearest > 0 ? bits - 1 : bits + 1);
}

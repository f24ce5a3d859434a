import {
  type DType,
  fromBfloat16Bits,
  fromFloat16Bits,
  isFloat,
  type TypedArray,
  toBfloat16Bits,
  toFloat16Bits,
} from './dtype.js';
import { type Scalar, toJsNumber } from './host.js';
import { formatShape, type Shape } from './shape.js';

const EDGE_ITEMS = 3;
const THRESHOLD = 1000;
const PRECISION = 8;
const LINE_WIDTH = 75;

/** Values as NumPy prints arrays: aligned, summarised with `...` where there are many, then shape and dtype. */
export function formatTensor(values: TypedArray, shape: Shape, dtype: DType): string {
  const summarise = values.length > THRESHOLD;
  const shown: Scalar[] = [];
  visit(shape, summarise, (offset) => shown.push(toJsNumber(values[offset]!, dtype)));
  const format = formatter(shown, dtype);
  let next = 0;
  const body =
    shape.length === 0
      ? format(toJsNumber(values[0]!, dtype)).trim()
      : layout(shape, summarise, () => format(shown[next++]!), 1);
  return `Tensor(${body}, shape=${formatShape(shape)}, dtype=${dtype})`;
}

/** Calls `leaf` with the offset of every element that is shown, in order. */
function visit(shape: Shape, summarise: boolean, leaf: (offset: number) => void, axis = 0, offset = 0): void {
  if (axis === shape.length) {
    leaf(offset);
    return;
  }
  const stride = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  for (const i of indices(shape[axis]!, summarise))
    if (i >= 0) visit(shape, summarise, leaf, axis + 1, offset + i * stride);
}

/** The indices along an axis that are shown; −1 stands for those left out. */
function indices(extent: number, summarise: boolean): number[] {
  const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  if (!summarise || extent <= 2 * EDGE_ITEMS) return all(0, extent);
  return [...all(0, EDGE_ITEMS), -1, ...all(extent - EDGE_ITEMS, extent)];
}

function layout(shape: Shape, summarise: boolean, leaf: () => string, depth: number): string {
  const [extent, ...rest] = shape;
  const indent = ' '.repeat('Tensor('.length + depth);
  const parts = indices(extent!, summarise).map((i) =>
    i < 0 ? '...' : rest.length === 0 ? leaf() : layout(rest, summarise, leaf, depth + 1),
  );
  if (rest.length === 0) return `[${wrap(parts, indent)}]`;
  return `[${parts.join(`,${'\n'.repeat(rest.length)}${indent}`)}]`;
}

/** Elements in lines of a limited length. */
function wrap(parts: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line !== '' && indent.length + line.length + part.length + 3 > LINE_WIDTH) {
      lines.push(`${line},`);
      line = part;
    } else line = line === '' ? part : `${line}, ${part}`;
  }
  return [...lines, line].join(`\n${indent}`);
}

function formatter(shown: readonly Scalar[], dtype: DType): (value: Scalar) => string {
  const plain = isFloat(dtype)
    ? floatFormatter(shown as readonly number[], dtype)
    : (value: Scalar): string => String(value);
  const width = Math.max(0, ...shown.map((value) => plain(value).length));
  return (value) => plain(value).padStart(width);
}

/** All numbers with the same places: as many as the one that needs the most, and in powers of ten where they differ much. */
function floatFormatter(shown: readonly number[], dtype: DType): (value: Scalar) => string {
  const finite = shown.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((size) => size !== 0);
  const largest = Math.max(...sizes, 0);
  const smallest = Math.min(...sizes, Infinity);
  const exponential = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000;
  const digits = (value: number): string =>
    exponential ? exponentialDigits(value, dtype) : fixedDigits(value, dtype);
  const places = Math.max(0, ...finite.map((value) => fractionOf(digits(value)).length));
  return (value) => {
    const number = value as number;
    if (Number.isNaN(number)) return 'nan';
    if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
    const text = digits(number);
    const [mantissa = '', exponent = ''] = text.split(/(?=e)/);
    const point = fractionOf(text) === '' ? '.' : '';
    const missing = places - fractionOf(text).length;
    // The places that a number does not need are blank, but before an exponent.
    return `${mantissa}${point}${(exponential ? '0' : ' ').repeat(missing)}${exponent}`;
  };
}

function fractionOf(text: string): string {
  return /\.(\d*)/.exec(text)?.[1] ?? '';
}

/** The fewest digits that tell the number apart in its dtype, but no more places than are shown. */
function shortest(value: number, dtype: DType): string {
  const most = dtype === 'float64' ? 17 : 9;
  for (let precision = 1; precision < most; precision++) {
    const candidate = value.toPrecision(precision);
    if (roundTo(Number(candidate), dtype) === value) return candidate;
  }
  return value.toPrecision(most);
}

function roundTo(value: number, dtype: DType): number {
  if (dtype === 'float64') return value;
  if (dtype === 'float16') return fromFloat16Bits(toFloat16Bits(value));
  return dtype === 'bfloat16' ? fromBfloat16Bits(toBfloat16Bits(value)) : Math.fround(value);
}

function fixedDigits(value: number, dtype: DType): string {
  const text = Number(shortest(value, dtype)).toFixed(PRECISION);
  return text.replace(/\.?0+$/, '');
}

function exponentialDigits(value: number, dtype: DType): string {
  const number = Number(shortest(value, dtype));
  const short = number.toExponential();
  const text = fractionOf(short).length > PRECISION ? number.toExponential(PRECISION) : short;
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

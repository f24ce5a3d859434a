import type { DType, TypedArray } from './dtype.js';
import { isFloat } from './dtype.js';
import { type Scalar, toJsNumber } from './host.js';
import { formatShape, type Shape } from './shape.js';

const EDGE_ITEMS = 3;
const THRESHOLD = 1000;
const PRECISION = 8;

/** Values as NumPy prints arrays: aligned, summarised with `...` where there are many, then shape and dtype. */
export function formatTensor(values: TypedArray, shape: Shape, dtype: DType): string {
  const summarise = values.length > THRESHOLD;
  const shown: Scalar[] = [];
  visit(shape, summarise, (offset) => shown.push(toJsNumber(values[offset]!, dtype)));
  const format = formatter(shown, dtype);
  let next = 0;
  const body = shape.length === 0 ? format(toJsNumber(values[0]!, dtype)).trim() : layout(shape, summarise, () => format(shown[next++]!), 1);
  return `Tensor(${body}, shape=${formatShape(shape)}, dtype=${dtype})`.replace(/^Tensor\(\[/, 'Tensor([');
}

/** Calls `leaf` with the offset of every element that is shown, in order. */
function visit(shape: Shape, summarise: boolean, leaf: (offset: number) => void, axis = 0, offset = 0): void {
  if (axis === shape.length) {
    leaf(offset);
    return;
  }
  const stride = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  for (const i of indices(shape[axis]!, summarise)) if (i >= 0) visit(shape, summarise, leaf, axis + 1, offset + i * stride);
}

/** The indices along an axis that are shown; −1 stands for those left out. */
function indices(extent: number, summarise: boolean): number[] {
  const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  if (!summarise || extent <= 2 * EDGE_ITEMS) return all(0, extent);
  return [...all(0, EDGE_ITEMS), -1, ...all(extent - EDGE_ITEMS, extent)];
}

function layout(shape: Shape, summarise: boolean, leaf: () => string, depth: number): string {
  const [extent, ...rest] = shape;
  const parts = indices(extent!, summarise).map((i) => (i < 0 ? '...' : rest.length === 0 ? leaf() : layout(rest, summarise, leaf, depth + 1)));
  if (rest.length === 0) return `[${parts.join(', ')}]`;
  const indent = ' '.repeat('Tensor('.length + depth);
  return `[${parts.join(`,${'\n'.repeat(rest.length)}${indent}`)}]`;
}

function formatter(shown: readonly Scalar[], dtype: DType): (value: Scalar) => string {
  const plain = isFloat(dtype) ? floatFormatter(shown as readonly number[]) : (value: Scalar): string => String(value);
  const width = Math.max(0, ...shown.map((value) => plain(value).length));
  return (value) => plain(value).padStart(width);
}

function floatFormatter(shown: readonly number[]): (value: Scalar) => string {
  const sizes = shown.map(Math.abs).filter((size) => size !== 0 && Number.isFinite(size));
  const largest = Math.max(...sizes, 0);
  const smallest = Math.min(...sizes, Infinity);
  const exponential = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3 * 1e5;
  const digits = (value: number): string =>
    exponential ? value.toExponential(PRECISION) : value.toFixed(PRECISION);
  const fractionOf = (value: number): number => {
    const [mantissa = ''] = shortest(value, digits(value)).split('e');
    return (mantissa.split('.')[1] ?? '').length;
  };
  const fraction = Math.max(0, ...shown.filter(Number.isFinite).map(fractionOf));
  return (value) => {
    const number = value as number;
    if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
    const text = exponential ? number.toExponential(fraction) : number.toFixed(fraction);
    return fraction === 0 ? text.replace(/(e|$)/, '.$1') : text;
  };
}

/** The number with no more digits than tell it apart in single precision. */
function shortest(value: number, limited: string): string {
  const single = Math.fround(value) === value;
  if (!single) return trim(limited);
  for (let precision = 1; precision <= 9; precision++) {
    const candidate = Number(value.toPrecision(precision));
    if (Math.fround(candidate) === value) {
      const text = limited.includes('e') ? candidate.toExponential() : candidate.toFixed(PRECISION);
      return trim(text);
    }
  }
  return trim(limited);
}

function trim(text: string): string {
  const [mantissa = '', exponent] = text.split('e');
  const trimmed = mantissa.includes('.') ? mantissa.replace(/0+$/, '') : mantissa;
  return exponent === undefined ? trimmed : `${trimmed}e${exponent}`;
}

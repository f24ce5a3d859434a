// Einstein summation through transposes and matrix products.
import { toTensors } from '../core/apply.js';
import { ShapeError, ValueError } from '../core/errors.js';
import { publicOp } from '../core/public-op.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { productOperands } from './base.js';
import { extent, product } from './defs/rules.js';
import { diagonal } from './indexing.js';
import { broadcastGeneral, castTo, matmulGeneral, permute, reduceSum, reshapeTo } from './primitives.js';

/** A tensor with a label for each of its axes. Axes that '...' stands for have digits as labels. */
interface Labelled {
  readonly t: Tensor;
  readonly labels: string[];
}

/** `subscripts` as labels of each operand and of the result, with '...' spelled out. */
function parse(subscripts: string, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const compact = subscripts.replaceAll(' ', '');
  const [left = '', right, ...more] = compact.split('->');
  const terms = left.split(',');
  if (
    more.length > 0 ||
    terms.length !== operands.length ||
    !/^([a-zA-Z,]|\.\.\.)*$/.test(compact.replace('->', ''))
  ) {
    throw new ValueError(`einsum: '${subscripts}' does not fit ${operands.length} operand(s)`);
  }
  let widest = 0;
  const named = terms.map((term, i) => {
    const letters = term.replace('...', '');
    const rank = operands[i]?.rank ?? 0;
    const open = rank - letters.length;
    if (term.includes('...') ? open < 0 : open !== 0) {
      throw new ShapeError(`einsum: '${term}' does not fit an operand of rank ${rank} in '${subscripts}'`);
    }
    if (term.includes('...')) widest = Math.max(widest, open);
    return { term, open };
  });
  // Broadcast axes are counted from the last one, as broadcasting aligns them.
  const ellipsis = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => String(count - 1 - i));
  const expand = (term: string, count: number): string[] => {
    const [before = '', after] = term.split('...');
    return after === undefined ? [...before] : [...before, ...ellipsis(count), ...after];
  };
  const inputs = named.map(({ term, open }) => expand(term, open));
  if (right !== undefined) return { inputs, output: expand(right, widest) };
  const all = inputs.flat();
  const once = [...new Set(all)]
    .filter((c) => /[a-zA-Z]/.test(c) && all.indexOf(c) === all.lastIndexOf(c))
    .sort();
  return { inputs, output: [...ellipsis(widest), ...once] };
}

/** `x` with each label once: repeated ones become the diagonal. */
function withoutRepeats({ t, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { t, labels };
  const label = labels[second] as string;
  const first = labels.indexOf(label);
  if (t.shape[first] !== t.shape[second]) {
    throw new ShapeError(`einsum: axis '${label}' has extents ${t.shape[first]} and ${t.shape[second]}`);
  }
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({ t: diagonal(t, { axis1: first, axis2: second }), labels: [...rest, label] });
}

/** Sums out the labels that nobody else needs. */
function sumOut({ t, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return { t: reduceSum(t, axes, false), labels: labels.filter((label) => needed.has(label)) };
}

/** `x` with its axes in the order of `labels`, and extents of 1 for those that it lacks. */
function arrange({ t, labels }: Labelled, wanted: readonly string[]): Tensor {
  const present = wanted.filter((label) => labels.includes(label));
  const moved = permute(
    t,
    present.map((label) => labels.indexOf(label)),
  );
  return reshapeTo(
    moved,
    wanted.map((label) => (labels.includes(label) ? extent(t.shape, labels.indexOf(label)) : 1)),
  );
}

/** The product of two operands, summed over the labels that are not kept. */
function contract(a: Labelled, b: Labelled, keep: ReadonlySet<string>): Labelled {
  const left = sumOut(a, new Set([...keep, ...b.labels]));
  const right = sumOut(b, new Set([...keep, ...left.labels]));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => keep.has(label));
  const summed = shared.filter((label) => !keep.has(label));
  const ofLeft = left.labels.filter((label) => !shared.includes(label));
  const ofRight = right.labels.filter((label) => !shared.includes(label));
  const size = ({ t, labels }: Labelled, label: string): number => extent(t.shape, labels.indexOf(label));
  for (const label of shared) {
    const [m, n] = [size(left, label), size(right, label)];
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(`einsum: axis '${label}' has extents ${m} and ${n}`);
    }
  }
  const sizes = (x: Labelled, labels: readonly string[]): number[] => labels.map((label) => size(x, label));
  const larger = (label: string): number => Math.max(size(left, label), size(right, label));
  if (summed.length === 0) {
    const labels = [...batch, ...ofLeft, ...ofRight];
    return { t: arrange(left, labels).mul(arrange(right, labels)), labels };
  }
  const wide = (x: Labelled): Tensor => {
    const shape = x.labels.map((label) => (summed.includes(label) ? larger(label) : size(x, label)));
    return broadcastGeneral(x.t, shape);
  };
  const inner = product(summed.map(larger));
  const rows = sizes(left, ofLeft);
  const columns = sizes(right, ofRight);
  const matrixA = reshapeTo(
    arrange({ t: wide(left), labels: left.labels }, [...batch, ...ofLeft, ...summed]),
    [...sizes(left, batch), product(rows), inner],
  );
  const matrixB = reshapeTo(
    arrange({ t: wide(right), labels: right.labels }, [...batch, ...summed, ...ofRight]),
    [...sizes(right, batch), inner, product(columns)],
  );
  const t = reshapeTo(matmulGeneral(matrixA, matrixB, false, false), [
    ...batch.map(larger),
    ...rows,
    ...columns,
  ]);
  return { t, labels: [...batch, ...ofLeft, ...ofRight] };
}

/**
 * Sums of products written with an index for each axis, as in NumPy: `einsum('bij,bjk->bik', a, b)`. Indices that the
 * result lacks are summed; without '->' the result has those that occur once, in alphabetical order; '...' stands for
 * axes that broadcast. Operands are multiplied from left to right.
 * @throws ValueError for malformed subscripts; ShapeError when extents do not fit.
 */
export const einsum = publicOp('einsum', (subscripts: string, ...operands: readonly TensorLike[]): Tensor => {
  const tensors = toTensors(operands);
  const { inputs, output } = parse(subscripts, tensors);
  const unknown = output.find((label) => !inputs.some((labels) => labels.includes(label)));
  if (unknown !== undefined || new Set(output).size !== output.length) {
    throw new ValueError(
      `einsum: the result of '${subscripts}' must name indices of the operands, each once`,
    );
  }
  const dtype = tensors[0]?.dtype ?? 'float32';
  const computable = tensors.map((t) => productOperands(t, t)[0]);
  let terms: Labelled[] = computable.map((t, i) => withoutRepeats({ t, labels: inputs[i] ?? [] }));
  while (terms.length > 1) {
    const [a, b, ...rest] = terms as [Labelled, Labelled, ...Labelled[]];
    const keep = new Set([...output, ...rest.flatMap(({ labels }) => labels)]);
    terms = [contract(a, b, keep), ...rest];
  }
  const [only] = terms;
  if (!only) throw new ValueError('einsum: expected at least one operand');
  const summed = sumOut(only, new Set(output));
  const result = permute(
    summed.t,
    output.map((label) => summed.labels.indexOf(label)),
  );
  return dtype === 'bool' ? castTo(result, 'bool') : result;
});

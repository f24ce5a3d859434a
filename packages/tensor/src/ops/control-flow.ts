// Control flow over tensors. Programs have static shapes and no branches: loops are unrolled where their count is known
// at the call, both branches of a condition are computed and one is chosen.
import { toTensor } from '../core/apply.js';
import { ValueError } from '../core/errors.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { flattenTree, unflattenTree } from '../core/tree.js';
import { extent } from './defs/rules.js';
import { where } from './elementwise.js';
import { take } from './indexing.js';
import { concatAlong, stackTensors } from './primitives.js';
import { flip } from './shaping.js';

/** Two results of the same structure as one: of each leaf the first's where the condition holds. */
function choose<T>(condition: TensorLike, yes: T, no: T): T {
  const [a, b] = [flattenTree(yes), flattenTree(no)];
  if (a.length !== b.length) {
    throw new ValueError(`cond: the branches return ${a.length} and ${b.length} tensors; they must agree`);
  }
  const chosen = a.map((leaf, i) => where(condition, leaf as TensorLike, b[i] as TensorLike));
  return unflattenTree(yes, chosen) as T;
}

/** `trueFn()` where the condition (a scalar) holds, else `falseFn()`. Of a tensor both are computed. */
export function cond<T>(pred: TensorLike, trueFn: () => T, falseFn: () => T): T {
  if (typeof pred === 'boolean' || typeof pred === 'number') return pred ? trueFn() : falseFn();
  return choose(pred, trueFn(), falseFn());
}

/** The result of `branches[index]`, whose index is clamped. Of a tensor all are computed. */
function switchBranch<T>(
  index: TensorLike,
  branches: readonly ((...operands: never[]) => T)[],
  ...operands: readonly unknown[]
): T {
  const call = (i: number): T => {
    const branch = branches[i];
    if (!branch) throw new ValueError('switch: there are no branches');
    return branch(...(operands as never[]));
  };
  const last = branches.length - 1;
  if (typeof index === 'number') return call(Math.min(last, Math.max(0, index)));
  const at = toTensor(index);
  let result = call(last);
  for (let i = last - 1; i >= 0; i--) result = choose(at.lessEqual(i), call(i), result);
  return result;
}

export { switchBranch as switch };

/** `body(i, value)` for i from `lower` to `upper` (not included), each on the result of the last. */
export function foriLoop<T>(lower: number, upper: number, body: (i: number, value: T) => T, initial: T): T {
  let value = initial;
  for (let i = lower; i < upper; i++) value = body(i, value);
  return value;
}

/**
 * `body` on its own results while the condition holds. The condition is read after each step, so the loop cannot be part
 * of a traced function, unless `maximumIterations` is given: then so many steps are computed, and those after the
 * condition first failed are left out of the result.
 */
export function whileLoop<T>(
  condition: (value: T) => TensorLike,
  body: (value: T) => T,
  initial: T,
  options: { readonly maximumIterations?: number | null } = {},
): T {
  const { maximumIterations } = options;
  let value = initial;
  if (maximumIterations === undefined || maximumIterations === null) {
    while (toTensor(condition(value)).item() !== 0) value = body(value);
    return value;
  }
  let active = toTensor(true);
  for (let i = 0; i < maximumIterations; i++) {
    active = active.logicalAnd(condition(value));
    value = choose(active, body(value), value);
  }
  return value;
}

/**
 * `f(carry, x)` for the slices of `xs` along its first axis: returns the last carry and the stacked results.
 */
export function scan<C>(
  f: (carry: C, x: Tensor) => readonly [C, Tensor],
  initial: C,
  xs: TensorLike,
  options: { readonly reverse?: boolean } = {},
): [C, Tensor] {
  const t = toTensor(xs);
  const n = extent(t.shape, 0);
  if (n === 0) throw new ValueError('scan: xs is empty, so the shape of the results is not known');
  let carry = initial;
  const results: Tensor[] = [];
  for (let i = 0; i < n; i++) {
    const [next, y] = f(carry, take(t, options.reverse ? n - 1 - i : i, 0));
    carry = next;
    results.push(y);
  }
  if (options.reverse) results.reverse();
  return [carry, stackTensors(results)];
}

/** `f` on each slice of `xs` along its first axis, stacked. */
export function map(f: (x: Tensor) => Tensor, xs: TensorLike): Tensor {
  return scan((carry: null, x) => [carry, f(x)] as const, null, xs)[1];
}

export const vectorizedMap: typeof map = map;

/** All prefixes of the slices of `x` (along the first axis) combined by an associative `f`, in log2(n) steps. */
export function associativeScan(
  f: (earlier: Tensor, later: Tensor) => Tensor,
  x: TensorLike,
  options: { readonly reverse?: boolean } = {},
): Tensor {
  const given = toTensor(x);
  const n = extent(given.shape, 0);
  let t = options.reverse ? flip(given, 0) : given;
  for (let step = 1; step < n; step *= 2) {
    const head = t.at([null, step]);
    const combined = f(t.at([null, n - step]), t.at([step, null]));
    t = concatAlong([head, combined], 0);
  }
  return options.reverse ? flip(t, 0) : t;
}

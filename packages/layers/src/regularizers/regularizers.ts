import { ops, ShapeError, type Tensor, ValueError } from '@ibex/tensor';
import { Regularizer } from './regularizer.js';

function checkFactor(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ValueError(`${name} must be a number of at least 0, got ${value}.`);
  return value;
}

const absoluteSum = (x: Tensor, factor: number): Tensor => ops.sum(ops.abs(x)).mul(factor);
const squareSum = (x: Tensor, factor: number): Tensor => ops.sum(ops.square(x)).mul(factor);

/** `l1 · Σ|x| + l2 · Σx²`. After `keras.regularizers.L1L2`. */
export class L1L2 extends Regularizer {
  readonly l1: number;
  readonly l2: number;

  constructor({ l1 = 0, l2 = 0 }: { readonly l1?: number; readonly l2?: number } = {}) {
    super();
    this.l1 = checkFactor('l1', l1);
    this.l2 = checkFactor('l2', l2);
  }

  override call(x: Tensor): Tensor {
    if (this.l2 === 0) return absoluteSum(x, this.l1);
    if (this.l1 === 0) return squareSum(x, this.l2);
    return absoluteSum(x, this.l1).add(squareSum(x, this.l2));
  }

  override getConfig(): Record<string, unknown> {
    return { l1: this.l1, l2: this.l2 };
  }
}

/** `l1 · Σ|x|`. After `keras.regularizers.L1`. */
export class L1 extends Regularizer {
  readonly l1: number;

  constructor(l1 = 0.01) {
    super();
    this.l1 = checkFactor('l1', l1);
  }

  override call(x: Tensor): Tensor {
    return absoluteSum(x, this.l1);
  }

  override getConfig(): Record<string, unknown> {
    return { l1: this.l1 };
  }

  static override fromConfig(config: Record<string, unknown>): L1 {
    return new L1(config['l1'] as number | undefined);
  }
}

/** `l2 · Σx²`. After `keras.regularizers.L2`. */
export class L2 extends Regularizer {
  readonly l2: number;

  constructor(l2 = 0.01) {
    super();
    this.l2 = checkFactor('l2', l2);
  }

  override call(x: Tensor): Tensor {
    return squareSum(x, this.l2);
  }

  override getConfig(): Record<string, unknown> {
    return { l2: this.l2 };
  }

  static override fromConfig(config: Record<string, unknown>): L2 {
    return new L2(config['l2'] as number | undefined);
  }
}

export interface OrthogonalRegularizerOptions {
  readonly factor?: number;
  readonly mode?: 'rows' | 'columns';
}

/**
 * `factor` times the mean absolute cosine between the rows (or columns) of a matrix, which draws them to right angles.
 * After `keras.regularizers.OrthogonalRegularizer`.
 */
export class OrthogonalRegularizer extends Regularizer {
  readonly factor: number;
  readonly mode: 'rows' | 'columns';

  constructor({ factor = 0.01, mode = 'rows' }: OrthogonalRegularizerOptions = {}) {
    super();
    if (mode !== 'rows' && mode !== 'columns') {
      throw new ValueError(`mode must be 'rows' or 'columns', got '${String(mode)}'.`);
    }
    this.factor = checkFactor('factor', factor);
    this.mode = mode;
  }

  override call(x: Tensor): Tensor {
    if (x.rank !== 2) {
      throw new ShapeError(
        `OrthogonalRegularizer takes matrices, got a tensor of shape [${x.shape.join(', ')}].`,
      );
    }
    const rows = this.mode === 'rows' ? x : ops.transpose(x);
    const directions = ops.normalize(rows, 1);
    const count = rows.shape[0] ?? 0;
    const cosines = ops.matmul(directions, ops.transpose(directions));
    const others = cosines.mul(ops.subtract(1, ops.eye(count, count, { dtype: x.dtype })));
    const pairs = (count * (count - 1)) / 2;
    return ops.sum(ops.abs(others)).mul((this.factor * 0.5) / pairs);
  }

  override getConfig(): Record<string, unknown> {
    return { factor: this.factor, mode: this.mode };
  }
}

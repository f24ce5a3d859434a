// Definitions of element-wise primitives: one call gives the primitive and its public function.
import { apply1, toTensor, toTensors } from '../../core/apply.js';
import { floatx } from '../../core/config.js';
import { type DType, isFloat, isInteger } from '../../core/dtype.js';
import { DTypeError } from '../../core/errors.js';
import { publicOp } from '../../core/public-op.js';
import { defineOp, type OpDef, type Ops, type ScalarExpr } from '../../core/registry.js';
import { broadcastShapes } from '../../core/shape.js';
import type { KerasTensor } from '../../core/symbolic/keras-tensor.js';
import { Tensor, type TensorLike } from '../../core/tensor.js';
import { operand, requireSameDType } from './rules.js';

export interface UnaryOp {
  (x: TensorLike): Tensor;
  (x: KerasTensor): KerasTensor;
}

export interface BinaryOp {
  (a: TensorLike, b: TensorLike): Tensor;
  (a: TensorLike | KerasTensor, b: TensorLike | KerasTensor): KerasTensor;
}

/**
 * The dtypes that a primitive computes, and what its public function does with others:
 * float (integers and bools become floatx), number (bools become int32), bool (numbers become `x != 0`), bits
 * (integers and bools), int, any.
 */
export type OperandClass = 'float' | 'number' | 'any' | 'bool' | 'bits' | 'int';

const ACCEPTS: Record<OperandClass, (dtype: DType) => boolean> = {
  float: isFloat,
  number: (dtype) => dtype !== 'bool',
  any: () => true,
  bool: (dtype) => dtype === 'bool',
  bits: (dtype) => !isFloat(dtype),
  int: isInteger,
};

const EXPECTED: Record<OperandClass, string> = {
  float: 'a floating-point dtype',
  number: 'a numeric dtype',
  any: 'any dtype',
  bool: 'bool',
  bits: 'an integer dtype or bool',
  int: 'an integer dtype',
};

/** What the public function computes in, for operands of `dtype`. */
function computeDType(accepted: OperandClass, dtype: DType): DType {
  if (ACCEPTS[accepted](dtype)) return dtype;
  if (accepted === 'float') return floatx();
  if (accepted === 'number') return 'int32';
  return accepted === 'bool' ? 'bool' : dtype;
}

function prepared(x: Tensor, accepted: OperandClass): Tensor {
  const dtype = computeDType(accepted, x.dtype);
  return x.dtype === dtype ? x : x.cast(dtype);
}

function requireAccepted(op: string, accepted: OperandClass, dtype: DType): void {
  if (!ACCEPTS[accepted](dtype)) throw new DTypeError(`${op}: expected ${EXPECTED[accepted]}, got ${dtype}`);
}

interface ElementwiseOptions {
  /** The public function's name, where it is not the primitive's. */
  readonly publicName?: string;
  readonly operand: OperandClass;
  /** The result's dtype: that of the operands (the default), or bool. */
  readonly result?: 'same' | 'bool';
  /** In C++ and CUDA: of `x`, or of `a` and `b`, of type T. One for floats and one for integers where they differ. */
  readonly expr: ScalarExpr;
}

export interface UnaryOptions extends ElementwiseOptions {
  /** The gradient from that of the result, the operand and the result. */
  readonly grad?: (g: Tensor, x: Tensor, y: Tensor, ops: Ops) => Tensor;
}

export function unary(name: string, options: UnaryOptions): UnaryOp {
  const { publicName = name, operand: accepted, result = 'same', expr, grad } = options;
  const def: OpDef = defineOp({
    name,
    kind: 'elementwise',
    inputs: 1,
    outputs: 1,
    scalar: { expr, operand: accepted, result },
    infer(inputs) {
      const x = operand(inputs, 0);
      requireAccepted(publicName, accepted, x.dtype);
      return [{ shape: x.shape, dtype: result === 'bool' ? 'bool' : x.dtype }];
    },
    ...(grad && { vjp: (ctx) => [grad(ctx.grad(0), ctx.input(0), ctx.output(0), ctx.ops)] }),
  });
  return publicOp(publicName, (x: TensorLike): Tensor => apply1(def, [prepared(toTensor(x), accepted)], {}));
}

export interface BinaryOptions extends ElementwiseOptions {
  /** The gradients of both operands, in the shape of the result. */
  readonly grad?: (g: Tensor, a: Tensor, b: Tensor, y: Tensor, ops: Ops) => readonly [Tensor, Tensor];
}

export function binary(name: string, options: BinaryOptions): BinaryOp {
  const { publicName = name, operand: accepted, result = 'same', expr, grad } = options;
  const def: OpDef = defineOp({
    name,
    kind: 'elementwise',
    inputs: 2,
    outputs: 1,
    scalar: { expr, operand: accepted, result },
    infer(inputs) {
      const dtype = requireSameDType(publicName, inputs);
      requireAccepted(publicName, accepted, dtype);
      const shape = broadcastShapes(operand(inputs, 0).shape, operand(inputs, 1).shape, publicName);
      return [{ shape, dtype: result === 'bool' ? 'bool' : dtype }];
    },
    ...(grad && {
      vjp(ctx) {
        const [a, b] = [ctx.input(0), ctx.input(1)];
        const [ga, gb] = grad(ctx.grad(0), a, b, ctx.output(0), ctx.ops);
        return [ctx.ops.sumTo(ga, a.shape), ctx.ops.sumTo(gb, b.shape)];
      },
    }),
  });
  const takes = ACCEPTS[accepted];
  return publicOp(publicName, (a: TensorLike, b: TensorLike): Tensor => {
    // The common case, without conversions.
    if (a instanceof Tensor && b instanceof Tensor && a.dtype === b.dtype && takes(a.dtype)) {
      return apply1(def, [a, b], {});
    }
    const [left, right] = toTensors([a, b]) as [Tensor, Tensor];
    return apply1(def, [prepared(left, accepted), prepared(right, accepted)], {});
  });
}

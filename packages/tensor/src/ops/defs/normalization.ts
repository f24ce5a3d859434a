// Batch and layer normalisation with their statistics, and their gradients. Over the last axis lie the features.
// Statistics, gamma and beta are float32 where x is float16 or bfloat16, else of x's dtype.
import type { DType } from '../../core/dtype.js';
import { DTypeError, ShapeError } from '../../core/errors.js';
import { defineOp, type OpDef, type TensorType } from '../../core/registry.js';
import { NORM_ATTRS, type NormAttrs } from './attrs.js';
import { extent, operand, product, requireFloat, requireShape } from './rules.js';

/** The dtype of the statistics and parameters of a normalisation of `dtype`. */
export function statisticsDType(dtype: DType): DType {
  return dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : dtype;
}

function requireFeatures(op: string, x: TensorType): number {
  requireFloat(op, x);
  if (x.shape.length < 1) throw new ShapeError(`${op}: x must have an axis of features, got a scalar`);
  return extent(x.shape, x.shape.length - 1);
}

function requireStatistics(
  op: string,
  x: TensorType,
  parts: readonly [string, TensorType, readonly number[]][],
): void {
  for (const [what, type, shape] of parts) {
    requireShape(op, what, type, shape);
    if (type.dtype !== statisticsDType(x.dtype)) {
      throw new DTypeError(
        `${op}: ${what} must be ${statisticsDType(x.dtype)} for x of ${x.dtype}, got ${type.dtype}`,
      );
    }
  }
}

export const batchNormOp: OpDef<NormAttrs> = defineOp<NormAttrs>({
  name: 'batch_norm',
  kind: 'library',
  inputs: 3,
  outputs: 3,
  attrs: NORM_ATTRS,
  infer(inputs) {
    const x = operand(inputs, 0);
    const shape = [requireFeatures('batchNorm', x)];
    requireStatistics('batchNorm', x, [
      ['gamma', operand(inputs, 1), shape],
      ['beta', operand(inputs, 2), shape],
    ]);
    const statistics = { shape, dtype: statisticsDType(x.dtype) };
    return [x, statistics, statistics];
  },
  vjp({ grad, hasGrad, input, output, attrs, ops }) {
    const x = input(0);
    const mean = output(1);
    const [dx, dGamma, dBeta] = ops.batchNormGrad(grad(0), x, input(1), mean, output(2), attrs.epsilon);
    const count = product(x.shape.slice(0, -1));
    let gradient = dx;
    if (hasGrad(1)) gradient = gradient.add(grad(1).div(count).cast(x.dtype));
    if (hasGrad(2)) {
      const deviation = x.cast(mean.dtype).sub(mean);
      gradient = gradient.add(deviation.mul(grad(2).mul(2 / count)).cast(x.dtype));
    }
    return [gradient, dGamma, dBeta];
  },
});

export const batchNormGradOp: OpDef<NormAttrs> = defineOp<NormAttrs>({
  name: 'batch_norm_grad',
  kind: 'library',
  inputs: 5,
  outputs: 3,
  attrs: NORM_ATTRS,
  infer(inputs) {
    const dy = operand(inputs, 0);
    const x = operand(inputs, 1);
    const shape = [requireFeatures('batchNorm', x)];
    requireShape('batchNorm', 'the gradient', dy, x.shape);
    requireStatistics('batchNorm', x, [
      ['gamma', operand(inputs, 2), shape],
      ['the mean', operand(inputs, 3), shape],
      ['the variance', operand(inputs, 4), shape],
    ]);
    const statistics = { shape, dtype: statisticsDType(x.dtype) };
    return [x, statistics, statistics];
  },
  composite({ input, attrs, ops }) {
    const [x, gamma, mean, variance] = [input(1), input(2), input(3), input(4)];
    const axes = x.shape.slice(0, -1).map((_, i) => i);
    const count = product(x.shape.slice(0, -1));
    const dy = input(0).cast(mean.dtype);
    const rstd = ops.rsqrt(variance.add(attrs.epsilon));
    const normal = x.cast(mean.dtype).sub(mean).mul(rstd);
    const dBeta = ops.reduceSum(dy, axes, false);
    const dGamma = ops.reduceSum(dy.mul(normal), axes, false);
    const centred = dy.sub(dBeta.div(count)).sub(normal.mul(dGamma.div(count)));
    return [centred.mul(gamma.mul(rstd)).cast(x.dtype), dGamma, dBeta];
  },
});

export const layerNormOp: OpDef<NormAttrs> = defineOp<NormAttrs>({
  name: 'layer_norm',
  kind: 'library',
  inputs: 3,
  outputs: 3,
  attrs: NORM_ATTRS,
  infer(inputs) {
    const x = operand(inputs, 0);
    const shape = [requireFeatures('layerNorm', x)];
    requireStatistics('layerNorm', x, [
      ['gamma', operand(inputs, 1), shape],
      ['beta', operand(inputs, 2), shape],
    ]);
    const statistics = { shape: x.shape.slice(0, -1), dtype: statisticsDType(x.dtype) };
    return [x, statistics, statistics];
  },
  vjp({ grad, hasGrad, input, output, attrs, ops }) {
    const x = input(0);
    const mean = output(1);
    const rstd = output(2);
    const [dx, dGamma, dBeta] = ops.layerNormGrad(grad(0), x, input(1), mean, rstd, attrs.epsilon);
    const count = extent(x.shape, x.rank - 1);
    let gradient = dx;
    if (hasGrad(1)) gradient = gradient.add(ops.expandDims(grad(1).div(count), -1).cast(x.dtype));
    if (hasGrad(2)) {
      // rstd = (variance + epsilon)^-½, so its gradient reaches x as -rstd³ · deviation / count.
      const deviation = x.cast(mean.dtype).sub(ops.expandDims(mean, -1));
      const factor = grad(2)
        .mul(ops.square(rstd))
        .mul(rstd)
        .mul(-1 / count);
      gradient = gradient.add(deviation.mul(ops.expandDims(factor, -1)).cast(x.dtype));
    }
    return [gradient, dGamma, dBeta];
  },
});

export const layerNormGradOp: OpDef<NormAttrs> = defineOp<NormAttrs>({
  name: 'layer_norm_grad',
  kind: 'library',
  inputs: 5,
  outputs: 3,
  attrs: NORM_ATTRS,
  infer(inputs) {
    const dy = operand(inputs, 0);
    const x = operand(inputs, 1);
    const features = [requireFeatures('layerNorm', x)];
    const rows = x.shape.slice(0, -1);
    requireShape('layerNorm', 'the gradient', dy, x.shape);
    requireStatistics('layerNorm', x, [
      ['gamma', operand(inputs, 2), features],
      ['the mean', operand(inputs, 3), rows],
      ['the reciprocal deviation', operand(inputs, 4), rows],
    ]);
    const parameter = { shape: features, dtype: statisticsDType(x.dtype) };
    return [x, parameter, parameter];
  },
  composite({ input, ops }) {
    const x = input(1);
    const gamma = input(2);
    const mean = ops.expandDims(input(3), -1);
    const rstd = ops.expandDims(input(4), -1);
    const last = [x.rank - 1];
    const rows = x.shape.slice(0, -1).map((_, i) => i);
    const count = extent(x.shape, x.rank - 1);
    const dy = input(0).cast(mean.dtype);
    const normal = x.cast(mean.dtype).sub(mean).mul(rstd);
    const dNormal = dy.mul(gamma);
    const sum = ops.reduceSum(dNormal, last, true);
    const dot = ops.reduceSum(dNormal.mul(normal), last, true);
    const dx = dNormal
      .sub(sum.div(count))
      .sub(normal.mul(dot.div(count)))
      .mul(rstd);
    const dGamma = ops.reduceSum(dy.mul(normal), rows, false);
    return [dx.cast(x.dtype), dGamma, ops.reduceSum(dy, rows, false)];
  },
});

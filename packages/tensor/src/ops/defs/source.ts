// Primitives that make a tensor out of nothing, and random bits. What they make is told by attributes of their own:
// the graph carries it as the type of the output.

import type { DType } from '../../core/dtype.js';
import { DTypeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import {
  CONSTANT_ATTRS,
  type ConstantAttrs,
  IOTA_ATTRS,
  type IotaAttrs,
  PARAMETER_ATTRS,
  type ParameterAttrs,
} from './attrs.js';
import { operand, requireAxis, requireShape } from './rules.js';

/** The output's type, where no operand tells it. Not encoded among the attributes. */
export interface ResultType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export const parameterOp: OpDef<ParameterAttrs & ResultType> = defineOp<ParameterAttrs & ResultType>({
  name: 'parameter',
  kind: 'source',
  inputs: 0,
  outputs: 1,
  attrs: PARAMETER_ATTRS,
  infer: (_inputs, { shape, dtype }) => [{ shape, dtype }],
});

export const constantOp: OpDef<ConstantAttrs & ResultType> = defineOp<ConstantAttrs & ResultType>({
  name: 'constant',
  kind: 'source',
  inputs: 0,
  outputs: 1,
  attrs: CONSTANT_ATTRS,
  infer: (_inputs, { shape, dtype }) => [{ shape, dtype }],
});

export const iotaOp: OpDef<IotaAttrs & ResultType> = defineOp<IotaAttrs & ResultType>({
  name: 'iota',
  kind: 'source',
  inputs: 0,
  outputs: 1,
  attrs: IOTA_ATTRS,
  infer(_inputs, { axis, shape, dtype }) {
    requireAxis('iota', axis, shape.length);
    if (!['int32', 'int64', 'float16', 'bfloat16', 'float32', 'float64'].includes(dtype)) {
      throw new DTypeError(`iota: expected int32, int64 or a floating-point dtype, got ${dtype}`);
    }
    return [{ shape, dtype }];
  },
});

export const randomBitsOp: OpDef<{ readonly shape: readonly number[] }> = defineOp<{
  readonly shape: readonly number[];
}>({
  name: 'random_bits',
  kind: 'source',
  inputs: 1,
  outputs: 1,
  infer(inputs, { shape }) {
    const key = operand(inputs, 0);
    if (key.dtype !== 'uint32') throw new ValueError(`random: the key must be uint32, got ${key.dtype}`);
    requireShape('random', 'the key', key, [2]);
    return [{ shape, dtype: 'uint32' }];
  },
});

// Change of element type.
import { type DType, isFloat } from '../../core/dtype.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import { operand } from './rules.js';

/** Not encoded among the attributes: the graph carries the dtype as the type of the output. */
export interface CastAttrs {
  readonly dtype: DType;
}

export const castOp: OpDef<CastAttrs> = defineOp<CastAttrs>({
  name: 'cast',
  kind: 'elementwise',
  inputs: 1,
  outputs: 1,
  infer: (inputs, { dtype }) => [{ shape: operand(inputs, 0).shape, dtype }],
  vjp: ({ grad, input }) => [isFloat(input(0).dtype) ? grad(0).cast(input(0).dtype) : null],
});

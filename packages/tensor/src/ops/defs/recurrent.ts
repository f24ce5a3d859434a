// LSTM and GRU over whole sequences, and their gradients. The input's own part (x·W + b) is computed before, for all
// steps at once; the gradient of the recurrent kernel is a matrix product outside.
import { DTypeError, ShapeError, ValueError } from '../../core/errors.js';
import { defineOp, type OpDef, type Ops, type TensorType } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import { RNN_ATTRS, type RnnAttrs } from './attrs.js';
import { gruBackward, lstmBackward, previousStates } from './recurrent-unrolled.js';
import { extent, operand, requireFloat, requireRank, requireSameDType, requireShape } from './rules.js';

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly units: number;
}

/** Checks `inputs[mask]`, the last operand where attrs.mask says so, and that there is no other. */
function requireMask(
  op: string,
  inputs: readonly TensorType[],
  attrs: RnnAttrs,
  position: number,
  s: Sizes,
): void {
  const expected = attrs.mask ? position + 1 : position;
  if (inputs.length !== expected) {
    throw new ValueError(`${op}: expected ${expected} operands, got ${inputs.length}`);
  }
  if (!attrs.mask) return;
  const mask = operand(inputs, position);
  if (mask.dtype !== 'bool') throw new DTypeError(`${op}: the mask must be bool, got ${mask.dtype}`);
  requireShape(op, 'the mask', mask, [s.batch, s.steps]);
}

/** The sizes told by a sequence `[N, T, width·H]`. */
function sizesOf(op: string, what: string, type: TensorType, width: number): Sizes {
  requireRank(op, what, type, 3);
  requireFloat(op, type);
  const last = extent(type.shape, 2);
  if (last % width !== 0) {
    throw new ShapeError(`${op}: the last extent of ${what} must be a multiple of ${width}, got ${last}`);
  }
  return { batch: extent(type.shape, 0), steps: extent(type.shape, 1), units: last / width };
}

/** `previousᵀ · gradient`, summed over batch and steps: the gradient of the recurrent kernel. */
function kernelGradient(
  states: Tensor,
  initial: Tensor,
  gradient: Tensor,
  attrs: RnnAttrs,
  ops: Ops,
): Tensor {
  const before = previousStates(states, initial, attrs.reverse, ops);
  const rows = extent(before.shape, 0) * extent(before.shape, 1);
  const flat = (t: Tensor): Tensor => t.reshape([rows, extent(t.shape, 2)]);
  return ops.matmulGeneral(flat(before), flat(gradient), true, false);
}

export const lstmOp: OpDef<RnnAttrs> = defineOp<RnnAttrs>({
  name: 'lstm',
  kind: 'library',
  inputs: 'variadic',
  outputs: 3,
  attrs: RNN_ATTRS,
  infer(inputs, attrs) {
    const xw = operand(inputs, 0);
    const s = sizesOf('lstm', 'the projected input', xw, 4);
    requireMask('lstm', inputs, attrs, 4, s);
    const dtype = requireSameDType('lstm', inputs.slice(0, 4));
    requireShape('lstm', 'the recurrent kernel', operand(inputs, 1), [s.units, 4 * s.units]);
    requireShape('lstm', 'the initial state', operand(inputs, 2), [s.batch, s.units]);
    requireShape('lstm', 'the initial cell state', operand(inputs, 3), [s.batch, s.units]);
    const states = { shape: [s.batch, s.steps, s.units], dtype };
    return [states, states, xw];
  },
  vjp({ grad, hasGrad, inputs, input, output, attrs, ops }) {
    const [kernel, h0, c0] = [input(1), input(2), input(3)];
    const [hs, cs, gates] = [output(0), output(1), output(2)];
    const mask = attrs.mask ? input(4) : undefined;
    const [dhs, dcs] = [grad(0), grad(1)];
    // Only a second derivative has a gradient at the gates; the fused backward pass has no place for it.
    const [dxw, dh0, dc0] = hasGrad(2)
      ? lstmBackward({ dhs, dcs, dGates: grad(2), kernel, h0, c0, hs, cs, gates, mask }, attrs, ops)
      : ops.lstmGrad(dhs, dcs, kernel, h0, c0, hs, cs, gates, mask, attrs);
    const dKernel = kernelGradient(hs, h0, dxw, attrs, ops);
    return [dxw, dKernel, dh0, dc0, null].slice(0, inputs.length);
  },
});

export const lstmGradOp: OpDef<RnnAttrs> = defineOp<RnnAttrs>({
  name: 'lstm_grad',
  kind: 'library',
  inputs: 'variadic',
  outputs: 3,
  attrs: RNN_ATTRS,
  infer(inputs, attrs) {
    const gates = operand(inputs, 7);
    const s = sizesOf('lstm', 'the gates', gates, 4);
    requireMask('lstm', inputs, attrs, 8, s);
    const dtype = requireSameDType('lstm', inputs.slice(0, 8));
    const sequence = [s.batch, s.steps, s.units];
    const state = [s.batch, s.units];
    const expected = [sequence, sequence, [s.units, 4 * s.units], state, state, sequence, sequence];
    expected.forEach((shape, i) => {
      requireShape('lstm', `gradient operand ${i}`, operand(inputs, i), shape);
    });
    return [gates, { shape: state, dtype }, { shape: state, dtype }];
  },
  composite({ input, attrs, ops }) {
    return lstmBackward(
      {
        dhs: input(0),
        dcs: input(1),
        kernel: input(2),
        h0: input(3),
        c0: input(4),
        hs: input(5),
        cs: input(6),
        gates: input(7),
        mask: attrs.mask ? input(8) : undefined,
      },
      attrs,
      ops,
    );
  },
});

export const gruOp: OpDef<RnnAttrs> = defineOp<RnnAttrs>({
  name: 'gru',
  kind: 'library',
  inputs: 'variadic',
  outputs: 2,
  attrs: RNN_ATTRS,
  infer(inputs, attrs) {
    const s = sizesOf('gru', 'the projected input', operand(inputs, 0), 3);
    requireMask('gru', inputs, attrs, 4, s);
    const dtype = requireSameDType('gru', inputs.slice(0, 4));
    requireShape('gru', 'the recurrent kernel', operand(inputs, 1), [s.units, 3 * s.units]);
    requireShape('gru', 'the recurrent bias', operand(inputs, 2), [3 * s.units]);
    requireShape('gru', 'the initial state', operand(inputs, 3), [s.batch, s.units]);
    return [
      { shape: [s.batch, s.steps, s.units], dtype },
      { shape: [s.batch, s.steps, 4 * s.units], dtype },
    ];
  },
  vjp({ grad, hasGrad, inputs, input, output, attrs, ops }) {
    const [kernel, h0] = [input(1), input(3)];
    const [hs, gates] = [output(0), output(1)];
    const mask = attrs.mask ? input(4) : undefined;
    const dhs = grad(0);
    const [dxw, dRecurrent, dh0, dBias] = hasGrad(1)
      ? gruBackward({ dhs, dGates: grad(1), kernel, h0, hs, gates, mask }, attrs, ops)
      : ops.gruGrad(dhs, kernel, h0, hs, gates, mask, attrs);
    const dKernel = kernelGradient(hs, h0, dRecurrent, attrs, ops);
    return [dxw, dKernel, dBias, dh0, null].slice(0, inputs.length);
  },
});

export const gruGradOp: OpDef<RnnAttrs> = defineOp<RnnAttrs>({
  name: 'gru_grad',
  kind: 'library',
  inputs: 'variadic',
  outputs: 4,
  attrs: RNN_ATTRS,
  infer(inputs, attrs) {
    const s = sizesOf('gru', 'the gates', operand(inputs, 4), 4);
    requireMask('gru', inputs, attrs, 5, s);
    const dtype = requireSameDType('gru', inputs.slice(0, 5));
    const sequence = [s.batch, s.steps, s.units];
    const state = [s.batch, s.units];
    [sequence, [s.units, 3 * s.units], state, sequence].forEach((shape, i) => {
      requireShape('gru', `gradient operand ${i}`, operand(inputs, i), shape);
    });
    const projected = { shape: [s.batch, s.steps, 3 * s.units], dtype };
    return [projected, projected, { shape: state, dtype }, { shape: [3 * s.units], dtype }];
  },
  composite({ input, attrs, ops }) {
    return gruBackward(
      {
        dhs: input(0),
        kernel: input(1),
        h0: input(2),
        hs: input(3),
        gates: input(4),
        mask: attrs.mask ? input(5) : undefined,
      },
      attrs,
      ops,
    );
  },
});

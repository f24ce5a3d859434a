// Element-wise primitives of two operands, which broadcast and are of one dtype. The order is that of the op table.
import type { Tensor } from '../../core/tensor.js';
import { type BinaryOp, binary } from './elementwise.js';

/** The gradients of maximum and minimum: all to the operand that was chosen, half to each at a tie. */
function shareByOrder(g: Tensor, first: Tensor, second: Tensor): [Tensor, Tensor] {
  const a = first.cast(g.dtype);
  const b = second.cast(g.dtype);
  const share = a.sub(b).add(1).mul(0.5);
  return [g.mul(share), g.mul(share.neg().add(1))];
}

/** `a + b`; of bools: `or`. */
export const add: BinaryOp = binary('add', {
  operand: 'any',
  expr: { float: 'a + b', int: 'wrapAdd(a, b)' },
  grad: (g) => [g, g],
});

/** `a - b`. */
export const subtract: BinaryOp = binary('sub', {
  publicName: 'subtract',
  operand: 'number',
  expr: { float: 'a - b', int: 'wrapSub(a, b)' },
  grad: (g) => [g, g.neg()],
});

/** `a * b`; of bools: `and`. */
export const multiply: BinaryOp = binary('mul', {
  publicName: 'multiply',
  operand: 'any',
  expr: { float: 'a * b', int: 'wrapMul(a, b)' },
  grad: (g, a, b) => [g.mul(b), g.mul(a)],
});

/** `a / b` in floating point; integers are converted first. */
export const divide: BinaryOp = binary('div', {
  publicName: 'divide',
  operand: 'float',
  expr: 'a / b',
  grad: (g, _a, b, y) => {
    const ga = g.div(b);
    return [ga, ga.neg().mul(y)];
  },
});

/** `floor(a / b)`; for integers 0 where `b` is 0. */
export const floorDivide: BinaryOp = binary('floor_div', {
  publicName: 'floorDivide',
  operand: 'number',
  expr: { float: 'floor(a / b)', int: 'intFloorDiv(a, b)' },
});

/** Remainder of `floor(a / b)`, with the sign of `b`; for integers 0 where `b` is 0. */
export const mod: BinaryOp = binary('mod', {
  operand: 'number',
  expr: { float: 'floorMod(a, b)', int: 'intFloorMod(a, b)' },
  grad: (g, a, b, _y, ops) => [g, g.neg().mul(ops.floorDivide(a, b))],
});

/** `a` to the power `b`; an integer to a negative power is 0, but for ±1. The public `power` has shortcuts. */
export const generalPower: BinaryOp = binary('pow', {
  publicName: 'power',
  operand: 'number',
  expr: { float: 'pow(a, b)', int: 'intPow(a, b)' },
  grad: (g, a, b, y, ops) => {
    // b·a^(b-1) has the limit 0 at b = 0, and y·log(a) at a = 0 (b > 0), where the formulas give NaN.
    const ga = ops.where(b.equal(0), 0, b.mul(ops.power(a, b.sub(1))));
    const safe = ops.where(a.greater(0), a, 1);
    return [g.mul(ga), g.mul(ops.where(a.equal(0), 0, y.mul(ops.log(safe))))];
  },
});

/** The larger of `a` and `b`; NaN if either is. At a tie each gets half of the gradient. */
export const maximum: BinaryOp = binary('maximum', {
  operand: 'any',
  expr: '(a > b || a != a) ? a : b',
  grad: (g, a, b) => shareByOrder(g, a.greater(b), a.less(b)),
});

/** The smaller of `a` and `b`; NaN if either is. At a tie each gets half of the gradient. */
export const minimum: BinaryOp = binary('minimum', {
  operand: 'any',
  expr: '(a < b || a != a) ? a : b',
  grad: (g, a, b) => shareByOrder(g, a.less(b), a.greater(b)),
});

/** The angle of the point (b, a), in radians. */
export const arctan2: BinaryOp = binary('atan2', {
  publicName: 'arctan2',
  operand: 'float',
  expr: 'atan2(a, b)',
  grad: (g, a, b, _y, ops) => {
    const scaled = g.div(ops.square(a).add(ops.square(b)));
    return [scaled.mul(b), scaled.neg().mul(a)];
  },
});

/** Whether `a` equals `b`. Result: bool. */
export const equal: BinaryOp = binary('equal', { operand: 'any', result: 'bool', expr: 'a == b' });

/** Whether `a` differs from `b`. Result: bool. */
export const notEqual: BinaryOp = binary('not_equal', {
  publicName: 'notEqual',
  operand: 'any',
  result: 'bool',
  expr: 'a != b',
});

/** Whether `a < b`. Result: bool. */
export const less: BinaryOp = binary('less', { operand: 'any', result: 'bool', expr: 'a < b' });

/** Whether `a <= b`. Result: bool. */
export const lessEqual: BinaryOp = binary('less_equal', {
  publicName: 'lessEqual',
  operand: 'any',
  result: 'bool',
  expr: 'a <= b',
});

/** Whether `a > b`. Result: bool. */
export const greater: BinaryOp = binary('greater', { operand: 'any', result: 'bool', expr: 'a > b' });

/** Whether `a >= b`. Result: bool. */
export const greaterEqual: BinaryOp = binary('greater_equal', {
  publicName: 'greaterEqual',
  operand: 'any',
  result: 'bool',
  expr: 'a >= b',
});

/** `a and b`; numbers count as true where they are not 0. Result: bool. */
export const logicalAnd: BinaryOp = binary('logical_and', {
  publicName: 'logicalAnd',
  operand: 'bool',
  result: 'bool',
  expr: 'a && b',
});

/** `a or b`; numbers count as true where they are not 0. Result: bool. */
export const logicalOr: BinaryOp = binary('logical_or', {
  publicName: 'logicalOr',
  operand: 'bool',
  result: 'bool',
  expr: 'a || b',
});

/** Exactly one of `a` and `b`; numbers count as true where they are not 0. Result: bool. */
export const logicalXor: BinaryOp = binary('logical_xor', {
  publicName: 'logicalXor',
  operand: 'bool',
  result: 'bool',
  expr: 'a != b',
});

/** Bits set in both `a` and `b`. Integers and bools. */
export const bitwiseAnd: BinaryOp = binary('bitwise_and', {
  publicName: 'bitwiseAnd',
  operand: 'bits',
  expr: 'a & b',
});

/** Bits set in `a` or `b`. Integers and bools. */
export const bitwiseOr: BinaryOp = binary('bitwise_or', {
  publicName: 'bitwiseOr',
  operand: 'bits',
  expr: 'a | b',
});

/** Bits set in one of `a` and `b`. Integers and bools. */
export const bitwiseXor: BinaryOp = binary('bitwise_xor', {
  publicName: 'bitwiseXor',
  operand: 'bits',
  expr: 'a ^ b',
});

/** `a` shifted left by `b` bits; 0 where `b` is not below the width. Integers. */
export const bitwiseLeftShift: BinaryOp = binary('shift_left', {
  publicName: 'bitwiseLeftShift',
  operand: 'int',
  expr: 'shiftLeft(a, b)',
});

/** `a` shifted right by `b` bits, filled with the sign. Integers. */
export const bitwiseRightShift: BinaryOp = binary('shift_right', {
  publicName: 'bitwiseRightShift',
  operand: 'int',
  expr: 'shiftRight(a, b)',
});

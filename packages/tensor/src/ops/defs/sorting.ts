// Sorting along one axis. Stable; NaN comes last.
import { ShapeError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';
import { SORT_ATTRS, type SortAttrs, TOP_K_ATTRS, type TopKAttrs } from './attrs.js';
import { operand, requireAxis, show } from './rules.js';

export const sortOp: OpDef<SortAttrs> = defineOp<SortAttrs>({
  name: 'sort',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  attrs: SORT_ATTRS,
  infer(inputs, { axis }) {
    const x = operand(inputs, 0);
    requireAxis('sort', axis, x.shape.length);
    return [x];
  },
  vjp({ grad, input, attrs, ops }) {
    const x = input(0);
    const order = ops.argsortAlong(x, attrs.axis, attrs.descending);
    return [ops.scatterElements(ops.zerosLike(x), order, grad(0), attrs.axis, 'add')];
  },
});

export const argsortOp: OpDef<SortAttrs> = defineOp<SortAttrs>({
  name: 'argsort',
  kind: 'library',
  inputs: 1,
  outputs: 1,
  attrs: SORT_ATTRS,
  infer(inputs, { axis }) {
    const x = operand(inputs, 0);
    requireAxis('argsort', axis, x.shape.length);
    return [{ shape: x.shape, dtype: 'int32' }];
  },
});

export const topKOp: OpDef<TopKAttrs> = defineOp<TopKAttrs>({
  name: 'top_k',
  kind: 'library',
  inputs: 1,
  outputs: 2,
  attrs: TOP_K_ATTRS,
  infer(inputs, { k }) {
    const x = operand(inputs, 0);
    const n = x.shape.at(-1);
    if (n === undefined || !Number.isInteger(k) || k < 0 || k > n) {
      throw new ShapeError(`topK: k = ${k} does not fit the last axis of ${show(x.shape)}`);
    }
    const shape = [...x.shape.slice(0, -1), k];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: 'int32' },
    ];
  },
  vjp({ grad, input, output, ops }) {
    const x = input(0);
    return [ops.scatterElements(ops.zerosLike(x), output(1), grad(0), x.rank - 1, 'add')];
  },
});

// The node that the core's fusion pass makes; programs are never written with it.
import { ValueError } from '../../core/errors.js';
import { defineOp, type OpDef } from '../../core/registry.js';

export const fusedOp: OpDef = defineOp({
  name: 'fused',
  kind: 'fused',
  inputs: 'variadic',
  outputs: 'variadic',
  infer() {
    throw new ValueError('fused: made by the compiler only');
  },
});

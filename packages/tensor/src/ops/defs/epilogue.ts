// Products with the element-wise work that follows them. The core's passes make these nodes; programs are never written
// with them.
import { ValueError } from '../../core/errors.js';
import { type AttrSpec, defineOp, type OpDef } from '../../core/registry.js';
import {
  CONV_EPILOGUE_ATTRS,
  type ConvEpilogueAttrs,
  MATMUL_EPILOGUE_ATTRS,
  type MatmulEpilogueAttrs,
} from './attrs.js';

function madeByTheCompiler<A extends object>(name: string, attrs: AttrSpec): OpDef<A> {
  return defineOp<A>({
    name,
    kind: 'library',
    inputs: 'variadic',
    outputs: 1,
    attrs,
    infer() {
      throw new ValueError(`${name}: made by the compiler only`);
    },
  });
}

/** `relu(conv(x, kernel) · scale + bias + residual)` */
export const convEpilogueOp: OpDef<ConvEpilogueAttrs> = madeByTheCompiler(
  'conv_epilogue',
  CONV_EPILOGUE_ATTRS,
);

/** `relu(matmul(a, b) + bias + residual)` */
export const matmulEpilogueOp: OpDef<MatmulEpilogueAttrs> = madeByTheCompiler(
  'matmul_epilogue',
  MATMUL_EPILOGUE_ATTRS,
);

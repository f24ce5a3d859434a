// The attribute structs of the primitives: field names, order and kinds are those of the C++ structs that the
// generator writes, and of the encoded graph.
import type { AttrSpec } from '../../core/registry.js';

export interface ParameterAttrs {
  readonly index: number;
  readonly state: boolean;
}
export const PARAMETER_ATTRS: AttrSpec = {
  struct: 'ParameterAttrs',
  fields: { index: 'i64', state: 'bool' },
};

export interface ConstantAttrs {
  /** Raw little-endian elements: all of them, or exactly one (a splat). */
  readonly data: Uint8Array;
}
export const CONSTANT_ATTRS: AttrSpec = { struct: 'ConstantAttrs', fields: { data: 'bytes' } };

export interface IotaAttrs {
  readonly axis: number;
}
export const IOTA_ATTRS: AttrSpec = { struct: 'IotaAttrs', fields: { axis: 'i64' } };

export interface ReshapeAttrs {
  readonly shape: readonly number[];
}
export const RESHAPE_ATTRS: AttrSpec = { struct: 'ReshapeAttrs', fields: { shape: 'i64s' } };

export interface BroadcastAttrs {
  readonly shape: readonly number[];
}
export const BROADCAST_ATTRS: AttrSpec = { struct: 'BroadcastAttrs', fields: { shape: 'i64s' } };

export interface TransposeAttrs {
  readonly perm: readonly number[];
}
export const TRANSPOSE_ATTRS: AttrSpec = { struct: 'TransposeAttrs', fields: { perm: 'i64s' } };

export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly limits: readonly number[];
  readonly strides: readonly number[];
}
export const SLICE_ATTRS: AttrSpec = {
  struct: 'SliceAttrs',
  fields: { starts: 'i64s', limits: 'i64s', strides: 'i64s' },
};

export interface AxesAttrs {
  readonly axes: readonly number[];
}
export const AXES_ATTRS: AttrSpec = { struct: 'AxesAttrs', fields: { axes: 'i64s' } };

export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}
export const PAD_ATTRS: AttrSpec = {
  struct: 'PadAttrs',
  fields: { low: 'i64s', high: 'i64s', interior: 'i64s', value: 'f64' },
};

export interface AxisAttrs {
  readonly axis: number;
}
export const AXIS_ATTRS: AttrSpec = { struct: 'AxisAttrs', fields: { axis: 'i64' } };

export interface SizesAttrs {
  readonly sizes: readonly number[];
}
export const SIZES_ATTRS: AttrSpec = { struct: 'SizesAttrs', fields: { sizes: 'i64s' } };

/** What a scatter does where an element is already there; the numbers are the core's. */
export const SCATTER_MODES = { set: 0, add: 1, max: 2, min: 3, mul: 4 } as const;
export type ScatterMode = keyof typeof SCATTER_MODES;

export interface ScatterAttrs {
  readonly axis: number;
  readonly mode: number;
}
export const SCATTER_ATTRS: AttrSpec = { struct: 'ScatterAttrs', fields: { axis: 'i64', mode: 'i64' } };

export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}
export const REDUCE_ATTRS: AttrSpec = { struct: 'ReduceAttrs', fields: { axes: 'i64s', keepdims: 'bool' } };

export interface ArgReduceAttrs {
  readonly axis: number;
  readonly keepdims: boolean;
}
export const ARG_REDUCE_ATTRS: AttrSpec = {
  struct: 'ArgReduceAttrs',
  fields: { axis: 'i64', keepdims: 'bool' },
};

export interface CumulativeAttrs {
  readonly axis: number;
  readonly reverse: boolean;
  readonly exclusive: boolean;
}
export const CUMULATIVE_ATTRS: AttrSpec = {
  struct: 'CumulativeAttrs',
  fields: { axis: 'i64', reverse: 'bool', exclusive: 'bool' },
};

export interface SortAttrs {
  readonly axis: number;
  readonly descending: boolean;
}
export const SORT_ATTRS: AttrSpec = { struct: 'SortAttrs', fields: { axis: 'i64', descending: 'bool' } };

export interface TopKAttrs {
  readonly k: number;
}
export const TOP_K_ATTRS: AttrSpec = { struct: 'TopKAttrs', fields: { k: 'i64' } };

export interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}
export const MATMUL_ATTRS: AttrSpec = {
  struct: 'MatmulAttrs',
  fields: { transposeA: 'bool', transposeB: 'bool' },
};

export interface ConvAttrs {
  readonly strides: readonly number[];
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Empty for the forward convolution; for a gradient the spatial extents of its result. */
  readonly spatial: readonly number[];
}
export const CONV_ATTRS: AttrSpec = {
  struct: 'ConvAttrs',
  fields: {
    strides: 'i64s',
    padLow: 'i64s',
    padHigh: 'i64s',
    dilation: 'i64s',
    groups: 'i64',
    spatial: 'i64s',
  },
};

/** What follows a product in the same call, in this order; each flag but `relu` stands for a further operand. */
export interface EpilogueAttrs {
  /** An addend for each channel of the result. */
  readonly bias: boolean;
  /** An addend of the result's shape. */
  readonly residual: boolean;
  readonly relu: boolean;
}
const EPILOGUE_FIELDS = { bias: 'bool', residual: 'bool', relu: 'bool' } as const;

export interface ConvEpilogueAttrs extends ConvAttrs, EpilogueAttrs {
  /** A factor for each channel, before the bias; an operand too. */
  readonly scale: boolean;
}
export const CONV_EPILOGUE_ATTRS: AttrSpec = {
  struct: 'ConvEpilogueAttrs',
  fields: { ...CONV_ATTRS.fields, scale: 'bool', ...EPILOGUE_FIELDS },
};

export interface MatmulEpilogueAttrs extends MatmulAttrs, EpilogueAttrs {}
export const MATMUL_EPILOGUE_ATTRS: AttrSpec = {
  struct: 'MatmulEpilogueAttrs',
  fields: { ...MATMUL_ATTRS.fields, ...EPILOGUE_FIELDS },
};

export interface PoolAttrs {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
  readonly dilation: readonly number[];
  /** Average pooling only: divide by the whole window where it reaches into the padding. */
  readonly countPadding: boolean;
  /** Empty for the forward ops; for a gradient the spatial extents of its result. */
  readonly spatial: readonly number[];
}
export const POOL_ATTRS: AttrSpec = {
  struct: 'PoolAttrs',
  fields: {
    window: 'i64s',
    strides: 'i64s',
    padLow: 'i64s',
    padHigh: 'i64s',
    dilation: 'i64s',
    countPadding: 'bool',
    spatial: 'i64s',
  },
};

export interface NormAttrs {
  readonly epsilon: number;
}
export const NORM_ATTRS: AttrSpec = { struct: 'NormAttrs', fields: { epsilon: 'f64' } };

export interface RnnAttrs {
  readonly reverse: boolean;
  readonly mask: boolean;
}
export const RNN_ATTRS: AttrSpec = { struct: 'RnnAttrs', fields: { reverse: 'bool', mask: 'bool' } };

export interface AttentionAttrs {
  /** What scores are multiplied by. */
  readonly scale: number;
  /** Whether a query sees only the keys up to its own position. */
  readonly causal: boolean;
  /** Whether the last operand is a mask. */
  readonly mask: boolean;
}
export const ATTENTION_ATTRS: AttrSpec = {
  struct: 'AttentionAttrs',
  fields: { scale: 'f64', causal: 'bool', mask: 'bool' },
};

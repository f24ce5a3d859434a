import { ops, ShapeError, Tensor, toSnakeCase, ValueError } from '@ibex/tensor';
import { deserializeObject, isSerializedObject, type SerializedObject } from '@ibex/tensor/config';
import { Constant, Identity, Ones, Zeros } from './constant.js';
import type { InitializeOptions, Initializer } from './initializer.js';
import { Orthogonal, RandomNormal, RandomUniform, TruncatedNormal } from './random.js';
import { STFT } from './stft.js';
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
} from './variance-scaling.js';

export { Constant, Identity, Ones, Zeros } from './constant.js';
export { computeFans } from './fans.js';
export { type InitializeOptions, Initializer } from './initializer.js';
export {
  Orthogonal,
  RandomInitializer,
  type RandomInitializerOptions,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
} from './random.js';
export { STFT, type STFTOptions } from './stft.js';
export {
  type Distribution,
  type FanMode,
  type FanOptions,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
  type VarianceScalingOptions,
} from './variance-scaling.js';

/** What makes values of a shape: an initializer, or a plain function such as `ops.ones`. */
export type InitializerFunction = (shape: readonly number[], options: InitializeOptions) => Tensor;

/** A name (`'glorot_uniform'`), an initializer, a function, the values themselves, or a saved configuration. */
export type InitializerLike = string | InitializerFunction | Tensor | SerializedObject;

const CLASSES = {
  Constant,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  Identity,
  LecunNormal,
  LecunUniform,
  Ones,
  Orthogonal,
  RandomNormal,
  RandomUniform,
  STFT,
  TruncatedNormal,
  VarianceScaling,
  Zeros,
};

/** The classes by the names that they have in saved models, and the other names that they go by. */
const NAMES = new Map<string, new () => Initializer>([
  ...Object.entries(CLASSES),
  ...Object.entries(CLASSES).map(([name, type]) => [toSnakeCase(name), type] as const),
  ['IdentityInitializer', Identity],
  ['OrthogonalInitializer', Orthogonal],
  ['STFTInitializer', STFT],
  ['normal', RandomNormal],
  ['uniform', RandomUniform],
  ['one', Ones],
  ['zero', Zeros],
]);

export { CLASSES as initializerClasses };

/**
 * The initializer that an identifier stands for. After `keras.initializers.get`.
 * @throws ValueError for an unknown name.
 */
export function get(identifier: InitializerLike): InitializerFunction {
  if (typeof identifier === 'string') {
    const type = NAMES.get(identifier);
    if (!type) throw new ValueError(`Unknown initializer '${identifier}'.`);
    return new type();
  }
  if (identifier instanceof Tensor) return (shape, { dtype }) => given(identifier, shape, dtype);
  if (typeof identifier === 'function') return identifier;
  if (isSerializedObject(identifier))
    return deserializeObject(identifier, { module: 'keras.initializers' }) as Initializer;
  throw new ValueError(
    `An initializer is given by a name, an Initializer, a function or a tensor, got ${String(identifier)}.`,
  );
}

function given(values: Tensor, shape: readonly number[], dtype: string | undefined): Tensor {
  if (values.shape.length !== shape.length || values.shape.some((extent, i) => extent !== shape[i])) {
    throw new ShapeError(
      `The initial values have shape [${values.shape.join(', ')}], but the weight has shape [${shape.join(', ')}].`,
    );
  }
  return dtype === undefined ? values : ops.cast(values, dtype);
}

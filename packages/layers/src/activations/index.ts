import { ops, type Tensor, ValueError } from '@ibex/tensor';
import { deserializeObject, isSerializedObject, type SerializedObject } from '@ibex/tensor/config';
import { exponential, gelu, linear, relu } from './functions.js';

export { exponential, gelu, linear, type ReluOptions, relu } from './functions.js';

export const {
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu6,
  selu,
  sigmoid,
  silu,
  softShrink,
  softmax,
  softplus,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
  threshold,
} = ops;

/** A function of a tensor: a built-in activation, a layer, or one's own. */
export type ActivationFunction = (x: Tensor) => Tensor;

/** A name (`'relu'`), a function or layer, a saved configuration; none is `'linear'`. */
export type ActivationLike = string | ActivationFunction | SerializedObject | null | undefined;

/** The built-in activations by the names that they have in saved models. */
export const activationFunctions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  celu,
  elu,
  exponential,
  gelu,
  glu,
  hard_shrink: hardShrink,
  hard_sigmoid: hardSigmoid,
  hard_silu: hardSilu,
  hard_tanh: hardTanh,
  leaky_relu: leakyRelu,
  linear,
  log_sigmoid: logSigmoid,
  log_softmax: logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  soft_shrink: softShrink,
  softmax,
  softplus,
  softsign,
  sparse_plus: sparsePlus,
  sparse_sigmoid: sparseSigmoid,
  sparsemax,
  squareplus,
  tanh,
  tanh_shrink: tanhShrink,
};

const ALIASES: Readonly<Record<string, string>> = { swish: 'silu', hard_swish: 'hard_silu' };

const NAMES = new Map<unknown, string>(Object.entries(activationFunctions).map(([name, fn]) => [fn, name]));

/**
 * The function that an identifier stands for. After `keras.activations.get`.
 * @throws ValueError for an unknown name.
 */
export function get(identifier: ActivationLike): ActivationFunction {
  if (identifier === null || identifier === undefined) return linear;
  if (typeof identifier === 'string') {
    const fn = activationFunctions[ALIASES[identifier] ?? identifier];
    if (!fn) throw new ValueError(`Unknown activation '${identifier}'.`);
    return fn;
  }
  if (typeof identifier === 'function') return identifier;
  if (isSerializedObject(identifier))
    return deserializeObject(identifier, { module: 'keras.activations' }) as ActivationFunction;
  throw new ValueError(`An activation is given by a name or a function, got ${String(identifier)}.`);
}

/** What stands for an activation in a configuration: its name if it is built in, else itself. */
export function serialize(activation: ActivationFunction): string | ActivationFunction {
  return NAMES.get(activation) ?? activation;
}

/** The function of {@link serialize}'s result. */
export function deserialize(config: ActivationLike): ActivationFunction {
  return get(config);
}

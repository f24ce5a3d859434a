// How Keras keeps the functions of `ops` that stand in graphs: which class one has, what its calls are given, and what its
// configuration holds.

/** A class of Keras for a function of `ops`. */
export interface KerasFunction {
  /** The module below `keras.src.ops`. */
  readonly module: string;
  /** How many arguments, from the first, the call is given. The others are the configuration's. */
  readonly operands: number;
  /** Keras's names of the arguments that follow. */
  readonly config: readonly string[];
  /** Keras's names of options that the configuration holds, */
  readonly options: readonly string[];
  /** and of those that the call is given. */
  readonly callOptions: readonly string[];
}

const table = new Map<string, KerasFunction>();

/** @param config - names of arguments, and behind a bar those of options */
function add(module: string, operands: number, names: string, config = '', callOptions: string[] = []): void {
  const [positional = '', options = ''] = config.split('|');
  const list = (text: string): string[] => text.split(' ').filter((name) => name !== '');
  for (const name of list(names))
    table.set(name, { module, operands, config: list(positional), options: list(options), callOptions });
}

add(
  'numpy',
  1,
  'absolute negative exp exp2 expm1 log log10 log1p log2 sqrt square sign floor ceil reciprocal',
);
add('numpy', 1, 'sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh');
add('numpy', 1, 'isfinite isinf isnan logicalNot zerosLike onesLike ravel');
add(
  'numpy',
  2,
  'add subtract multiply divide trueDivide floorDivide mod power maximum minimum matmul dot outer',
);
add('numpy', 2, 'equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor arctan2');
add('numpy', 3, 'where');
add('numpy', 1, 'sum mean std var any all', 'axis|keepdims');
add('numpy', 1, 'max min', 'axis|keepdims initial');
add('numpy', 1, 'prod', 'axis|keepdims dtype');
add('numpy', 1, 'argmax argmin', 'axis|keepdims');
add('numpy', 1, 'cumsum cumprod', 'axis|dtype');
add('numpy', 1, 'concatenate stack expandDims squeeze flip', 'axis');
add('numpy', 1, 'reshape', 'newshape');
add('numpy', 1, 'transpose', 'axes');
add('numpy', 1, 'moveaxis', 'source destination');
add('numpy', 1, 'swapaxes', 'axis1 axis2');
add('numpy', 1, 'split', 'indices_or_sections axis');
add('numpy', 1, 'pad', 'pad_width|mode', ['constant_values']);
add('numpy', 1, 'repeat', 'repeats axis');
add('numpy', 1, 'tile', 'repeats');
add('numpy', 1, 'roll', 'shift axis');
add('numpy', 1, 'clip', 'x_min x_max');
add('numpy', 1, 'tril triu', 'k');
add('numpy', 2, 'take takeAlongAxis', 'axis');
add('numpy', 2, 'tensordot', 'axes');

add('core', 1, 'cast', 'dtype');
add('core', 2, 'slice', 'shape');
add('math', 1, 'erf rsqrt');
add('math', 1, 'logsumexp', 'axis|keepdims');
add('math', 1, 'topK', 'k');
add('nn', 1, 'relu relu6 sigmoid softplus softsign silu selu logSigmoid hardSigmoid hardSilu');
add('nn', 1, 'softmax logSoftmax', 'axis');
add('nn', 1, 'gelu', '|approximate');
add('nn', 1, 'leakyRelu', '|negative_slope');
add('nn', 1, 'elu celu', '|alpha');
add('nn', 1, 'oneHot', 'num_classes|axis dtype');

export function kerasFunction(functionName: string): KerasFunction | undefined {
  return table.get(functionName);
}

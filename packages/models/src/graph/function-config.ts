import { FunctionOperation, type Operation, ops, toCamelKey, ValueError } from '@ibex/tensor';

/** Functions of `ops` that Keras has no class for are written under this module. */
const OWN_MODULE = 'ibex.ops';

/** Functions whose arguments are all given at the call: Keras's class for them takes a name alone. */
const KERAS_MODULES: Readonly<Record<string, string>> = Object.fromEntries([
  ...[
    ...[
      'add',
      'subtract',
      'multiply',
      'divide',
      'trueDivide',
      'power',
      'maximum',
      'minimum',
      'matmul',
      'mod',
    ],
    ...['absolute', 'negative', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'square', 'sign', 'floor', 'ceil'],
    ...['sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'arctan', 'reciprocal', 'floorDivide'],
    ...['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'where'],
  ].map((name) => [name, 'keras.src.ops.numpy']),
  ...['relu', 'relu6', 'sigmoid', 'softplus', 'softsign', 'silu', 'selu', 'logSigmoid'].map((name) => [
    name,
    'keras.src.ops.nn',
  ]),
]);

export interface FunctionConfig {
  readonly class_name: string;
  readonly module?: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A function's call in a graph, in Keras's JSON. */
export function functionConfig({
  functionName,
  name,
}: FunctionOperation): FunctionConfig & { module: string } {
  const module = KERAS_MODULES[functionName];
  if (module === undefined) return { module: OWN_MODULE, class_name: functionName, config: { name } };
  return { module, class_name: classNameOfFunction(functionName), config: { name } };
}

/** Keras's name for the class of a function's calls. */
export function classNameOfFunction(functionName: string): string {
  return functionName[0]!.toUpperCase() + functionName.slice(1);
}

export function isFunctionConfig({ module }: FunctionConfig): boolean {
  return module === OWN_MODULE || (module?.startsWith('keras.src.ops.') ?? false);
}

/** The function of `ops` that a file names. What Keras keeps in the configuration follows the arguments of the call. */
export function functionFromConfig({ class_name, module, config }: FunctionConfig): Operation {
  const functionName =
    module === OWN_MODULE ? class_name : class_name[0]!.toLowerCase() + class_name.slice(1);
  const fn = Object.hasOwn(ops, functionName) ? (ops as Record<string, unknown>)[functionName] : undefined;
  if (typeof fn !== 'function')
    throw new ValueError(`The model's graph holds the function '${class_name}', which is not among ops.`);
  const call = fn as (...args: unknown[]) => unknown;
  const [first, ...rest] = Object.entries(config).filter(([key]) => key !== 'name');
  const options = Object.fromEntries(
    rest.filter(([, value]) => value !== null).map(([key, value]) => [toCamelKey(key), value]),
  );
  const bound = (...args: unknown[]): unknown =>
    first === undefined
      ? call(...args)
      : call(...args, first[1] ?? undefined, ...(Object.keys(options).length > 0 ? [options] : []));
  const operation = new FunctionOperation(functionName, bound);
  // The name is the file's, so that it meets no other there.
  return typeof config['name'] === 'string' ? Object.assign(operation, { name: config['name'] }) : operation;
}

import {
  FunctionOperation,
  flattenTree,
  isKerasTensor,
  ops,
  Tensor,
  toCamelKey,
  toSnakeKey,
  ValueError,
} from '@ibex/tensor';
import { type KerasFunction, kerasFunction } from './keras-functions.js';
import { keyOfSteps, stepsOfKey } from './python-index.js';

/** Functions of `ops` that Keras has no class for are written under this module. */
const OWN_MODULE = 'ibex.ops';
const KERAS_MODULE = 'keras.src.ops.';

export interface FunctionConfig {
  readonly class_name: string;
  readonly module?: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The arguments of a call: in their order, and by name, as Keras names them. */
export interface CallArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A function's call in a graph, in Keras's JSON; the arguments are those of the call alone. */
export function functionConfig(
  { functionName, name }: FunctionOperation,
  args: readonly unknown[],
): FunctionConfig & { readonly module: string; readonly call: CallArguments } {
  const call = kerasCall(functionName, args);
  if (!call) {
    return { module: OWN_MODULE, class_name: functionName, config: { name }, call: { args, kwargs: {} } };
  }
  const module = `${KERAS_MODULE}${call.module}`;
  return { module, class_name: classNameOfFunction(functionName), config: { name, ...call.config }, call };
}

/** Keras's name for the class of a function's calls. */
export function classNameOfFunction(functionName: string): string {
  return functionName === 'index' ? 'GetItem' : functionName[0]!.toUpperCase() + functionName.slice(1);
}

function functionNameOf({ class_name, module }: FunctionConfig): string {
  if (module === OWN_MODULE) return class_name;
  return class_name === 'GetItem' ? 'index' : class_name[0]!.toLowerCase() + class_name.slice(1);
}

interface KerasCall extends CallArguments {
  readonly module: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What Keras gives its class for the function and its call; `undefined` where it has none that takes the arguments. */
function kerasCall(functionName: string, given: readonly unknown[]): KerasCall | undefined {
  if (functionName === 'einsum') {
    const [subscripts, ...args] = given;
    return { module: 'numpy', args, kwargs: {}, config: { subscripts } };
  }
  if (functionName === 'index') {
    const [x, ...steps] = given;
    const key = keyOfSteps(steps);
    return key && { module: 'numpy', args: [x, key], kwargs: {}, config: {} };
  }
  const known = kerasFunction(functionName);
  const parts = known && splitArguments(known, given);
  return parts && { module: known.module, ...parts };
}

/** What the call is given, and what the configuration holds; `undefined` for arguments that Keras does not take. */
function splitArguments(
  { operands, config: names, options, callOptions }: KerasFunction,
  given: readonly unknown[],
): (CallArguments & { config: Record<string, unknown> }) | undefined {
  const last = given.at(-1);
  const named = given.length > operands && isRecord(last) ? last : {};
  const positional = named === last ? given.slice(0, -1) : given;
  if (positional.length < operands || positional.length > operands + names.length) return undefined;
  const config: Record<string, unknown> = {};
  const kwargs: Record<string, unknown> = {};
  positional.slice(operands).forEach((value, i) => {
    if (value !== undefined) config[names[i]!] = value;
  });
  for (const [key, value] of Object.entries(named)) {
    const name = toSnakeKey(key);
    if (value === undefined) continue;
    if (options.includes(name)) config[name] = value;
    else if (callOptions.includes(name)) kwargs[name] = value;
    else return undefined;
  }
  if (flattenTree(config).some((leaf) => isKerasTensor(leaf) || leaf instanceof Tensor)) return undefined;
  return { args: positional.slice(0, operands), kwargs, config };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function isFunctionConfig({ module }: FunctionConfig): boolean {
  return module === OWN_MODULE || (module?.startsWith(KERAS_MODULE) ?? false);
}

/** The function of `ops` that a file names. Throws `ValueError` when there is none. */
export function functionFromConfig(json: FunctionConfig): FunctionOperation {
  const { class_name, config } = json;
  const functionName = functionNameOf(json);
  const fn = Object.hasOwn(ops, functionName) && Reflect.get(ops, functionName);
  if (typeof fn !== 'function')
    throw new ValueError(`The model's graph holds the function '${class_name}', which is not among ops.`);
  const operation = new FunctionOperation(functionName, fn as () => unknown);
  // The name is the file's, so that it meets no other there.
  return typeof config['name'] === 'string' ? Object.assign(operation, { name: config['name'] }) : operation;
}

/** The arguments that a function of `ops` takes, of those of a call in a file and of the configuration. */
export function functionArguments(json: FunctionConfig, { args, kwargs }: CallArguments): readonly unknown[] {
  const isOwn = json.module === OWN_MODULE;
  const functionName = functionNameOf(json);
  const { name: _, ...held } = json.config;
  if (!isOwn && functionName === 'einsum') return [held['subscripts'], ...args];
  if (!isOwn && functionName === 'index') return [args[0], ...stepsOfKey(args[1])];
  const known = isOwn ? undefined : kerasFunction(functionName);
  // Of other functions the first of the configuration is mostly an argument, and the others are options.
  const names = known?.config ?? Object.keys(held).slice(0, 1);
  const positional = [...args, ...names.map((name) => held[name])];
  while (positional.length > args.length && positional.at(-1) === undefined) positional.pop();
  // What is not known of a class that is (whether a result is sparse, or sorted) has no counterpart here.
  const isOption = (key: string): boolean =>
    !names.includes(key) && (!known || known.options.includes(key) || known.callOptions.includes(key));
  const options = Object.entries({ ...held, ...kwargs }).flatMap(([key, value]) =>
    isOption(key) && value !== null ? [[toCamelKey(key), value]] : [],
  );
  return options.length > 0 ? [...positional, Object.fromEntries(options)] : positional;
}

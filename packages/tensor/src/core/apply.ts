import { floatx } from './config.js';
import { scalar, tensor } from './create.js';
import { placedDevice } from './device.js';
import { type DType, isFloat, resultType, type WeakType } from './dtype.js';
import { ValueError } from './errors.js';
import type { NestedArray, Scalar } from './host.js';
import type { Node } from './node.js';
import { notePending } from './pending.js';
import { isRecording, record } from './recording.js';
import { type OpDef, ops } from './registry.js';
import { currentScope } from './scope.js';
import { currentTrace, isEager } from './state.js';
import { realizeAll, Tensor, TensorHolder, type TensorLike } from './tensor.js';

/** A call of a primitive: infers its outputs' types, which throws here where operands do not fit, and computes nothing. */
export function apply<A>(def: OpDef<A>, inputs: readonly Tensor[], attrs: A): Tensor[] {
  if (def.inputs !== 'variadic' && inputs.length !== def.inputs) {
    throw new ValueError(`${def.name}: takes ${def.inputs} operands, got ${inputs.length}`);
  }
  const outputs = def.infer(inputs, attrs);
  const trace = currentTrace();
  let depth = 0;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input.node === null) input.checkAlive();
    else {
      if (input.node.trace !== trace && input.node.trace !== null) input.node.trace.checkReachable(trace);
      if (input.node.depth > depth) depth = input.node.depth;
      input.node.isUsed = true;
    }
  }
  const node: Node = {
    def,
    inputs,
    attrs: attrs as Readonly<Record<string, unknown>>,
    outputs,
    scope: currentScope(),
    device: placedDevice(),
    trace,
    depth: depth + 1,
    isUsed: false,
    isHeavy: false,
    computed: 0,
  };
  const results = new Array<Tensor>(outputs.length);
  for (let i = 0; i < outputs.length; i++) {
    const { shape, dtype } = outputs[i]!;
    results[i] = Tensor.pending(shape, dtype, node, i);
  }
  if (isRecording()) record({ inputs, outputs: results, node, gradient: null });
  if (trace === null) {
    if (isEager()) realizeAll(results);
    else notePending(inputs, results[0]!);
  }
  return results;
}

/** {@link apply} for primitives of one output. */
export function apply1<A>(def: OpDef<A>, inputs: readonly Tensor[], attrs: A): Tensor {
  return apply(def, inputs, attrs)[0]!;
}

/** Whether a value can be taken for a tensor. Only the first leaf of nested arrays is looked at. */
export function isTensorLike(value: unknown): value is TensorLike {
  let probe = value;
  while (Array.isArray(probe)) {
    if (probe.length === 0) return true;
    probe = probe[0];
  }
  if (probe instanceof Tensor || probe instanceof TensorHolder) return true;
  if (ArrayBuffer.isView(probe)) return !(probe instanceof DataView);
  return typeof probe === 'number' || typeof probe === 'boolean' || typeof probe === 'bigint';
}

/** A tensor of anything that can be taken for one; arrays that hold tensors are stacked. */
export function toTensor(value: TensorLike, dtype?: DType): Tensor {
  if (value instanceof Tensor)
    return dtype === undefined || value.dtype === dtype ? value : ops().castTo(value, dtype);
  if (value instanceof TensorHolder) return toTensor(value.value, dtype);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return scalar(value, dtype ?? scalarDType(value));
  }
  if (Array.isArray(value) && holdsTensors(value))
    return toTensor(ops().stackTensors(value.map((entry) => toTensor(entry))), dtype);
  if (!isTensorLike(value)) {
    throw new ValueError(
      `Expected a tensor, a number or an array, got ${value === null ? 'null' : typeof value}.`,
    );
  }
  return tensor(value as NestedArray, { dtype });
}

/** Tensors of several operands in the dtype in which they meet; plain numbers take on that of the tensors. */
export function toTensors(values: readonly TensorLike[]): Tensor[] {
  const common = commonDType(values);
  if (common !== undefined)
    return values.map((value) => (value instanceof Tensor ? value : scalar(value as Scalar, common)));
  const dtypes: DType[] = [];
  const weak: WeakType[] = [];
  const partial = values.map((value) => {
    const kind = weakTypeOf(value);
    if (kind !== undefined) {
      weak.push(kind);
      return value as number;
    }
    const converted = toTensor(value);
    dtypes.push(converted.dtype);
    return converted;
  });
  const dtype = resultType(dtypes, weak, floatx());
  return partial.map((value) => toTensor(value, dtype));
}

/** The dtype of operands that need no promotion, the usual case: tensors of one dtype, and numbers that do not widen it. */
function commonDType(values: readonly TensorLike[]): DType | undefined {
  let dtype: DType | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value instanceof Tensor) {
      if (dtype !== undefined && value.dtype !== dtype) return undefined;
      dtype = value.dtype;
    } else if (typeof value !== 'number') return undefined;
  }
  if (dtype === undefined || isFloat(dtype)) return dtype;
  return values.every((value) => value instanceof Tensor) ? dtype : undefined;
}

function weakTypeOf(value: TensorLike): WeakType | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return undefined;
  }
}

function holdsTensors(value: readonly unknown[]): boolean {
  let probe: unknown = value;
  while (Array.isArray(probe)) probe = probe[0];
  return probe instanceof Tensor || probe instanceof TensorHolder;
}

function scalarDType(value: number | boolean | bigint): DType {
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'int64' : floatx();
}

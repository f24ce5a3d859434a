import {
  flattenTree,
  isKerasTensor,
  type KerasTensor,
  mapTree,
  type Operation,
  type SymbolicNode,
  Tensor,
  ValueError,
} from '@ibex/tensor';
import { checkGraphInputs, matchInputs } from './inputs.js';

/** A nest of symbolic tensors. */
export type SymbolicNest = KerasTensor | readonly SymbolicNest[] | { readonly [name: string]: SymbolicNest };

/** The operations between symbolic inputs and outputs, in an order in which they can be run. */
export class FunctionalGraph {
  readonly inputs: SymbolicNest;
  readonly outputs: SymbolicNest;
  readonly inputTensors: readonly KerasTensor[];
  readonly outputTensors: readonly KerasTensor[];
  /** The calls, each after those that it depends on; without those that make the inputs. */
  readonly nodes: readonly SymbolicNode[];
  /** The operations by decreasing depth, as Keras lists a model's layers. */
  readonly operations: readonly Operation[];
  /** How far the calls are from the outputs. */
  readonly depths: ReadonlyMap<SymbolicNode, number>;

  /** Throws `ValueError` when an output does not come from the inputs, or something is no symbolic tensor. */
  constructor(inputs: SymbolicNest, outputs: SymbolicNest) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputTensors = tensorsOf(inputs, 'inputs');
    this.outputTensors = tensorsOf(outputs, 'outputs');
    const given = new Set(this.inputTensors);
    if (given.size !== this.inputTensors.length)
      throw new ValueError('A model’s inputs must be distinct, but one is listed twice.');
    const { order, firstSeen } = sortNodes(inKerasOrder(outputs), given);
    this.nodes = order.filter((node) => !node.outputTensors.some((output) => given.has(output)));
    for (const node of this.nodes) {
      if (node.inputTensors.length === 0 && node.outputTensors.length > 0 && isInputNode(node)) {
        throw new ValueError(
          `The outputs depend on '${node.operation.name}', which is not among the model's inputs: list it there.`,
        );
      }
    }
    const { depths, operations } = sortOperations(order, inKerasOrder(inputs), firstSeen);
    this.depths = depths;
    this.operations = operations;
  }

  /** Computes the outputs from tensors in the structure of the inputs, or in their order, or by name. */
  run(values: unknown, modelName: string): unknown {
    const tensors = matchInputs(this, values, modelName);
    checkGraphInputs(this.inputTensors, tensors, modelName);
    const known = new Map<KerasTensor, unknown>(this.inputTensors.map((input, i) => [input, tensors[i]]));
    for (const node of this.nodes) {
      const args = mapTree(node.args, (leaf) => (isKerasTensor(leaf) ? known.get(leaf) : leaf)) as unknown[];
      const outputs = flattenTree(node.operation.invoke(...args)).filter(
        (leaf) => leaf instanceof Tensor || isKerasTensor(leaf),
      );
      node.outputTensors.forEach((output, i) => known.set(output, outputs[i]));
    }
    return mapTree(this.outputs, (leaf) => known.get(leaf as KerasTensor));
  }
}

/** The tensors of a nest with records by their sorted keys: the order that decides how layers are numbered in files. */
function inKerasOrder(nest: SymbolicNest): KerasTensor[] {
  if (isKerasTensor(nest)) return [nest];
  if (Array.isArray(nest)) return nest.flatMap(inKerasOrder);
  const record = nest as Readonly<Record<string, SymbolicNest>>;
  return Object.keys(record)
    .sort()
    .flatMap((key) => inKerasOrder(record[key]!));
}

function isInputNode(node: SymbolicNode): boolean {
  return node.operation.constructor.name === 'InputLayer';
}

function tensorsOf(nest: SymbolicNest, what: string): KerasTensor[] {
  const tensors = flattenTree(nest);
  tensors.forEach((tensor) => {
    if (!isKerasTensor(tensor)) {
      throw new ValueError(
        `A model's ${what} must be symbolic tensors, as Input() and layers called on them give; got ${describe(tensor)}.`,
      );
    }
  });
  if (tensors.length === 0) throw new ValueError(`A model needs at least one of its ${what}.`);
  return tensors as KerasTensor[];
}

function describe(value: unknown): string {
  return value instanceof Tensor ? 'a tensor with values' : value === null ? 'null' : typeof value;
}

/** Calls in an order in which each comes after its inputs, and the place at which each operation was first met. */
function sortNodes(
  outputs: readonly KerasTensor[],
  given: ReadonlySet<KerasTensor>,
): { order: SymbolicNode[]; firstSeen: Map<Operation, number> } {
  const order: SymbolicNode[] = [];
  const done = new Set<SymbolicNode>();
  const firstSeen = new Map<Operation, number>();
  for (const output of outputs) {
    const start = nodeOf(output);
    if (!start) throw new ValueError(`The output ${output.toString()} does not come from any layer.`);
    const stack: { node: SymbolicNode; next: number }[] = [{ node: start, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const { node } = top;
      if (top.next === 0 && !firstSeen.has(node.operation)) firstSeen.set(node.operation, firstSeen.size);
      const isGiven = node.outputTensors.some((tensor) => given.has(tensor));
      const input = done.has(node) || isGiven ? undefined : node.inputTensors[top.next];
      if (input === undefined) {
        if (!done.has(node)) order.push(node);
        done.add(node);
        stack.pop();
        continue;
      }
      top.next++;
      const parent = nodeOf(input);
      if (!parent)
        throw new ValueError(
          `'${node.operation.name}' takes ${input.toString()}, which does not come from the model's inputs.`,
        );
      if (!done.has(parent)) stack.push({ node: parent, next: 0 });
    }
  }
  return { order, firstSeen };
}

function nodeOf(tensor: KerasTensor): SymbolicNode | undefined {
  return tensor.operation?.inboundNodes[tensor.nodeIndex];
}

function sortOperations(
  order: readonly SymbolicNode[],
  inputs: readonly KerasTensor[],
  firstSeen: Map<Operation, number>,
): { depths: Map<SymbolicNode, number>; operations: Operation[] } {
  const depths = new Map<SymbolicNode, number>();
  const operationDepths = new Map<Operation, number>();
  const inOrder = new Set(order);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const depth = Math.max(depths.get(node) ?? 0, operationDepths.get(node.operation) ?? 0);
    operationDepths.set(node.operation, depth);
    depths.set(node, depth);
    for (const parent of node.parents) {
      if (inOrder.has(parent)) depths.set(parent, Math.max(depth + 1, depths.get(parent) ?? 0));
    }
  }
  for (const { operation } of inputs) {
    if (operation && !operationDepths.has(operation)) {
      operationDepths.set(operation, 0);
      firstSeen.set(operation, firstSeen.size);
    }
  }
  const operations = [...operationDepths.keys()].sort(
    (a, b) => operationDepths.get(b)! - operationDepths.get(a)! || firstSeen.get(a)! - firstSeen.get(b)!,
  );
  return { depths, operations };
}

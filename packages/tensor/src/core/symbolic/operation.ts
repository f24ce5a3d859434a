import { ValueError } from '../errors.js';
import { autoName } from '../names.js';
import { flattenTree } from '../tree.js';
import { inferOutputs } from './infer.js';
import { isKerasTensor, type KerasTensor } from './keras-tensor.js';

/** One call of an operation in a model's graph. */
export class SymbolicNode {
  readonly operation: Operation;
  readonly args: readonly unknown[];
  readonly outputs: unknown;
  readonly inputTensors: readonly KerasTensor[];
  readonly outputTensors: readonly KerasTensor[];

  constructor(operation: Operation, args: readonly unknown[], outputs: unknown) {
    this.operation = operation;
    this.args = args;
    this.outputs = outputs;
    this.inputTensors = flattenTree(args).filter(isKerasTensor);
    this.outputTensors = flattenTree(outputs).filter(isKerasTensor);
  }

  /** The nodes that give this node's inputs. */
  get parents(): SymbolicNode[] {
    return this.inputTensors.flatMap(({ operation, nodeIndex }) => operation?.inboundNodes[nodeIndex] ?? []);
  }
}

/**
 * Something that can be called on tensors and put into a model's graph: a layer, or a function of `ops`.
 * After `keras.Operation`.
 */
export interface Operation {
  readonly name: string;
  /** Its calls in graphs, in order. */
  readonly inboundNodes: SymbolicNode[];
  /** Computes with tensors; called with the arguments of the symbolic call, tensors in the places of symbolic ones. */
  invoke(...args: unknown[]): unknown;
}

/** Notes a symbolic call: finds out what it would give, and adds a node. */
export function callSymbolically(
  operation: Operation,
  args: readonly unknown[],
  outputs = outputsOf(operation, args),
): unknown {
  const node = new SymbolicNode(operation, args, outputs);
  const nodeIndex = operation.inboundNodes.length;
  node.outputTensors.forEach((output, tensorIndex) => {
    if (output.operation !== null) {
      throw new ValueError(
        `'${operation.name}' returned one of its inputs: a call must give tensors of its own.`,
      );
    }
    output.operation = operation;
    output.nodeIndex = nodeIndex;
    output.tensorIndex = tensorIndex;
  });
  operation.inboundNodes.push(node);
  return outputs;
}

function outputsOf(operation: Operation, args: readonly unknown[]): unknown {
  return inferOutputs((...values) => operation.invoke(...values), args, operation.name);
}

/** A function of `ops` in a model's graph. */
export class FunctionOperation implements Operation {
  readonly name: string;
  readonly functionName: string;
  readonly inboundNodes: SymbolicNode[] = [];
  readonly #fn: (...args: never[]) => unknown;

  constructor(functionName: string, fn: (...args: never[]) => unknown) {
    this.functionName = functionName;
    this.name = autoName(functionName);
    this.#fn = fn;
  }

  invoke(...args: unknown[]): unknown {
    return this.#fn(...(args as never[]));
  }
}

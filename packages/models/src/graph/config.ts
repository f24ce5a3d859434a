import type { Layer } from '@ibex/layers';
import {
  callSymbolically,
  deserializeObject,
  FunctionOperation,
  flattenTree,
  isKerasTensor,
  type KerasTensor,
  mapKeys,
  mapTree,
  type Operation,
  type SymbolicNode,
  serializeObject,
  toCamelKey,
  toSnakeKey,
  ValueError,
} from '@ibex/tensor';
import {
  functionArguments,
  functionConfig,
  functionFromConfig,
  isFunctionConfig,
} from './function-config.js';
import { FunctionalGraph, type SymbolicNest } from './functional-graph.js';
import { isIndexPart } from './python-index.js';

/** A model's graph in Keras's JSON. */
export interface GraphConfig {
  readonly name: string;
  readonly trainable: boolean;
  readonly layers: readonly OperationConfig[];
  readonly input_layers: unknown;
  readonly output_layers: unknown;
}

interface OperationConfig {
  readonly class_name: string;
  readonly module?: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly inbound_nodes: readonly NodeConfig[];
}

interface NodeConfig {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

type History = readonly [name: string, node: number, tensor: number];

export function graphConfig(
  model: { name: string; trainable: boolean },
  graph: FunctionalGraph,
): GraphConfig {
  const numbers = numberNodes(graph);
  const historyOf = ({ operation, nodeIndex, tensorIndex }: KerasTensor): History => {
    const node = operation!.inboundNodes[nodeIndex]!;
    return [operation!.name, numbers.get(node) ?? 0, tensorIndex];
  };
  const encode = (value: unknown): unknown =>
    mapTree(value, (leaf) => {
      if (!isKerasTensor(leaf)) return serializeObject(leaf);
      const { shape, dtype } = leaf;
      return {
        class_name: '__keras_tensor__',
        config: { shape: [...shape], dtype, keras_history: [...historyOf(leaf)] },
      };
    });
  const layers = graph.operations.map((operation): OperationConfig => {
    const nodes = operation.inboundNodes.filter((node) => numbers.has(node) && node.inputTensors.length > 0);
    if (operation instanceof FunctionOperation) return encodeFunction(operation, nodes, encode);
    const inbound = nodes.map(({ args }): NodeConfig => {
      const last = args.at(-1);
      const hasOptions = args.length > 1 && isRecord(last);
      const positional = hasOptions ? args.slice(0, -1) : args;
      const kwargs = hasOptions ? mapKeys(encode(last) as Record<string, unknown>, toSnakeKey) : {};
      return { args: positional.map(encode), kwargs };
    });
    const json = serializeObject(operation) as OperationConfig;
    // The object itself: it may yet be marked as shared.
    return Object.assign(json, { name: operation.name, inbound_nodes: inbound });
  });
  return {
    name: model.name,
    trainable: model.trainable,
    layers,
    input_layers: encodeEnds(graph.inputs, historyOf),
    output_layers: encodeEnds(graph.outputs, historyOf),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function encodeFunction(
  operation: FunctionOperation,
  nodes: readonly SymbolicNode[],
  encode: (value: unknown) => unknown,
): OperationConfig {
  const calls = nodes.map(({ args }) => functionConfig(operation, args));
  const { module, class_name, config } = calls[0]!;
  return {
    module,
    class_name,
    config: serializeObject(config) as Record<string, unknown>,
    name: operation.name,
    inbound_nodes: calls.map(({ call: { args, kwargs } }) => ({
      args: args.map(encode),
      kwargs: encode(kwargs) as Record<string, unknown>,
    })),
  };
}

/** The number of each call among the calls of its operation that belong to the graph. */
function numberNodes(graph: FunctionalGraph): Map<SymbolicNode, number> {
  const inGraph = new Set<SymbolicNode>(graph.depths.keys());
  for (const { operation, nodeIndex } of graph.inputTensors) {
    const node = operation?.inboundNodes[nodeIndex];
    if (node) inGraph.add(node);
  }
  const numbers = new Map<SymbolicNode, number>();
  for (const operation of graph.operations) {
    operation.inboundNodes.filter((node) => inGraph.has(node)).forEach((node, i) => numbers.set(node, i));
  }
  return numbers;
}

/** A single tensor is written as its history, nests as nests of histories. */
function encodeEnds(nest: SymbolicNest, historyOf: (tensor: KerasTensor) => History): unknown {
  return mapTree(nest, (leaf) => [...historyOf(leaf as KerasTensor)]);
}

/** The graph that Keras's JSON describes: layers are made, then called as they were. */
export function graphFromConfig(config: GraphConfig): FunctionalGraph {
  const operations = new Map<string, { operation: Operation; outputs: KerasTensor[][] }>();
  const waiting: { name: string; json: OperationConfig; node: NodeConfig }[] = [];
  for (const json of config.layers) {
    const operation = reviveOperation(json);
    // A layer that is saved with a call made it when it was called; an input's own call is there already.
    const own = operation.inboundNodes.map((node) => [...node.outputTensors]);
    operations.set(json.name, { operation, outputs: own });
    for (const node of json.inbound_nodes) waiting.push({ name: json.name, json, node });
  }
  const find = ([name, node, tensor]: History): KerasTensor | undefined =>
    operations.get(name)?.outputs[node]?.[tensor];
  let left = waiting;
  while (left.length > 0) {
    const later: typeof left = [];
    const blocked = new Set<string>();
    for (const entry of left) {
      const { operation, outputs } = operations.get(entry.name)!;
      const ready = !blocked.has(entry.name) && historiesIn(entry.node).every((history) => find(history));
      if (!ready) {
        later.push(entry);
        blocked.add(entry.name); // a layer's calls keep their order
        continue;
      }
      const decode = (value: unknown): unknown => decodeArguments(value, find);
      const args = entry.node.args.map(decode);
      const kwargs = decode(entry.node.kwargs) as Record<string, unknown>;
      const result = isFunctionConfig(entry.json)
        ? callSymbolically(operation, functionArguments(entry.json, { args, kwargs }))
        : (operation as Layer).invoke(...args, ...optionsOf(kwargs));
      outputs.push(flattenTree(result).filter(isKerasTensor));
    }
    if (later.length === left.length) {
      throw new ValueError(
        `The model's configuration is inconsistent: '${left[0]!.name}' is called on a tensor that nothing gives.`,
      );
    }
    left = later;
  }
  const ends = (value: unknown): SymbolicNest => decodeEnds(value, find);
  return new FunctionalGraph(ends(config.input_layers), ends(config.output_layers));
}

function reviveOperation(json: OperationConfig): Operation {
  return isFunctionConfig(json) ? functionFromConfig(json) : (deserializeObject(json) as Layer);
}

/** Options of a layer's call, where there are any. */
function optionsOf(kwargs: Readonly<Record<string, unknown>>): [] | [Record<string, unknown>] {
  const given = Object.entries(kwargs).filter(([, value]) => value !== null);
  return given.length === 0 ? [] : [mapKeys(Object.fromEntries(given), toCamelKey)];
}

function isSymbolicReference(value: unknown): value is { config: { keras_history: History } } {
  return isRecord(value) && value['class_name'] === '__keras_tensor__';
}

function historiesIn(node: NodeConfig): History[] {
  const found: History[] = [];
  const walk = (value: unknown): void => {
    if (isSymbolicReference(value)) found.push(value.config.keras_history);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (isRecord(value)) Object.values(value).forEach(walk);
  };
  walk(node.args);
  walk(node.kwargs);
  return found;
}

function decodeArguments(value: unknown, find: (history: History) => KerasTensor | undefined): unknown {
  if (isSymbolicReference(value)) return find(value.config.keras_history);
  if (Array.isArray(value)) return value.map((entry) => decodeArguments(entry, find));
  if (!isRecord(value)) return value;
  if (isIndexPart(value)) return value;
  if ('class_name' in value) return deserializeObject(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decodeArguments(entry, find)]));
}

function isHistory(value: unknown): value is History {
  return (
    Array.isArray(value) && value.length === 3 && typeof value[0] === 'string' && typeof value[1] === 'number'
  );
}

function decodeEnds(value: unknown, find: (history: History) => KerasTensor | undefined): SymbolicNest {
  if (isHistory(value)) {
    const tensor = find(value);
    if (!tensor)
      throw new ValueError(
        `The model's configuration names an input or output of '${value[0]}' that is not there.`,
      );
    return tensor;
  }
  if (Array.isArray(value)) return value.map((entry) => decodeEnds(entry, find));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decodeEnds(entry, find)]));
  throw new ValueError("The model's configuration lists its inputs or outputs in a form that is not known.");
}

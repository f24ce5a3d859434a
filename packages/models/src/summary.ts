import { Layer } from '@ibex/layers';
import {
  bytesPerElement,
  FunctionOperation,
  isKerasTensor,
  mapTree,
  type Operation,
  type SymbolicNode,
  type Variable,
} from '@ibex/tensor';
import { classNameOfFunction } from './graph/function-config.js';
import type { Model } from './model.js';
import { type Column, drawTable } from './table.js';

export interface SummaryOptions {
  /** Default 88, or 108 for models that are no chain of layers; at most the terminal's width. */
  readonly lineLength?: number;
  /** Called with the text; default: it is printed. */
  readonly printFn?: (text: string) => void;
  /** Also list the layers of models within. */
  readonly expandNested?: boolean;
  /** Add a column that says which layers are trained. */
  readonly showTrainable?: boolean;
}

/** Prints a model as Keras's `summary` does. */
export function printSummary(model: Model, options: SummaryOptions): void {
  const text = summaryText(model, options);
  if (options.printFn) options.printFn(text);
  else process.stdout.write(text);
}

export function summaryText(model: Model, options: SummaryOptions): string {
  const { expandNested = false, showTrainable = false } = options;
  const chain = isChain(model);
  const shares = chain ? [0.45, 0.8, 1] : [0.3, 0.56, 0.74, 1];
  const wide = (chain ? 88 : 108) + (showTrainable ? 12 : 0);
  const lineLength = options.lineLength ?? Math.min(wide, (process.stdout.columns ?? 80) - 4);
  const ends = showTrainable ? [...shares.map((share) => share * 0.9), 1] : shares;
  const titles = [
    'Layer (type)',
    'Output Shape',
    'Param #',
    ...(chain ? [] : ['Connected to']),
    ...(showTrainable ? ['Trainable'] : []),
  ];
  const alignments: Column['align'][] = [
    'left',
    'left',
    'right',
    ...(chain ? [] : (['left'] as const)),
    ...(showTrainable ? (['center'] as const) : []),
  ];
  let at = 0;
  const columns = titles.map((title, i): Column => {
    const end = Math.trunc(ends[i]! * lineLength);
    const width = end - at;
    at = end;
    return { title, align: alignments[i]!, width };
  });
  const relevant = new Set<SymbolicNode>(model.graph?.depths.keys() ?? []);
  const rows: string[][] = [];
  const list = (layer: Operation, level: number): void => {
    const prefix = level === 0 ? '' : `${'   '.repeat(level)}└ `;
    const row = [`${prefix}${layer.name} (${classNameOf(layer)})`, shapeText(layer), paramsText(layer)];
    if (!chain) row.push(connections(layer, relevant));
    if (showTrainable) row.push(trainableText(layer));
    rows.push(row);
    const inner = expandNested && 'layers' in layer ? listed(layer as unknown as Model) : [];
    for (const nested of inner) list(nested, level + 1);
  };
  for (const layer of listed(model)) list(layer, 0);
  return `Model: "${model.name}"\n${drawTable(columns, rows, lineLength)}${totals(model)}`;
}

/** Whether every layer has at most one input and stands at most once in the graph. */
function isChain(model: Model): boolean {
  const { graph } = model;
  if (!graph || model.constructor.name === 'Sequential') return true;
  const perDepth = new Map<number, number>();
  for (const [node, depth] of graph.depths) {
    if (node.inputTensors.length > 1) return false;
    perDepth.set(depth, (perDepth.get(depth) ?? 0) + 1);
  }
  if ([...perDepth.values()].some((count) => count > 1)) return false;
  return graph.operations.every(
    (operation) => operation.inboundNodes.filter((node) => graph.depths.has(node)).length <= 1,
  );
}

/** What a summary lists: functions between the layers of a graph too. */
function listed(model: Model): readonly Operation[] {
  return model.graph && model.constructor.name !== 'Sequential' ? model.graph.operations : model.layers;
}

function trainableText(operation: Operation): string {
  if (!(operation instanceof Layer) || operation.weights.length === 0) return '-';
  return operation.trainable ? 'Y' : 'N';
}

function classNameOf(layer: Operation): string {
  if (layer instanceof FunctionOperation) return classNameOfFunction(layer.functionName);
  return layer.constructor.name === 'Model' ? 'Functional' : layer.constructor.name;
}

function formatPythonShape(shape: readonly (number | null)[]): string {
  return `(${shape.map((extent) => extent ?? 'None').join(', ')})`;
}

function shapeText(layer: Operation): string {
  const last = layer.inboundNodes.at(-1);
  if (!last) return '?';
  const shapes: string[] = [];
  mapTree(last.outputs, (leaf) => {
    if (isKerasTensor(leaf)) shapes.push(formatPythonShape(leaf.shape));
    return null;
  });
  return shapes.length === 1 ? shapes[0]! : `[${shapes.join(', ')}]`;
}

function paramsText(layer: Operation): string {
  if (!(layer instanceof Layer)) return '0';
  return layer.built || layer.weights.length > 0 || layer.constructor.name === 'InputLayer'
    ? thousands(countOf(layer.weights))
    : '0 (unbuilt)';
}

function connections(layer: Operation, relevant: ReadonlySet<SymbolicNode>): string {
  const names = layer.inboundNodes
    .filter((node) => relevant.size === 0 || relevant.has(node))
    .flatMap((node) => node.inputTensors)
    .map(({ operation, nodeIndex, tensorIndex }) => `${operation?.name}[${nodeIndex}][${tensorIndex}]`);
  return names.length === 0 ? '-' : names.join(',\n');
}

function countOf(variables: readonly Variable[]): number {
  return variables.reduce((count, { size }) => count + size, 0);
}

function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function totals(model: Model): string {
  const trainable = model.trainableWeights;
  const fixed = model.nonTrainableWeights;
  const optimizer = model.optimizer?.built ? model.optimizer.variables : [];
  const line = (label: string, variables: readonly Variable[]): string =>
    ` ${label}: ${thousands(countOf(variables))} (${memoryText(variables)})\n`;
  return [
    line('Total params', [...trainable, ...fixed, ...optimizer]),
    line('Trainable params', trainable),
    line('Non-trainable params', fixed),
    optimizer.length > 0 ? line('Optimizer params', optimizer) : '',
  ].join('');
}

function memoryText(variables: readonly Variable[]): string {
  let bytes = variables.reduce((sum, { size, dtype }) => sum + size * bytesPerElement(dtype), 0);
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${bytes.toFixed(2)} ${units[unit]}`;
}

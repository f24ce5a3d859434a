import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type DType,
  isFloat,
  mapTree,
  ops,
  Tensor,
  tensor,
  toDType,
  type Variable,
  valueAndGradVariables,
  vjp,
} from '@ibex/tensor';
import { deserializeObject, type SerializedObject, toCamelKey } from '@ibex/tensor/config';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import { type Layer, layerClasses } from './index.js';

interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly number[];
}

/** A call of a layer as Keras computed it; see ../fixtures/generate.py. */
interface Case {
  readonly name: string;
  readonly layer: SerializedObject;
  readonly inputs: readonly (StoredTensor | readonly StoredTensor[])[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly weights: readonly StoredTensor[];
  readonly paths: readonly string[];
  readonly outputs: readonly StoredTensor[];
  readonly weight_gradients: readonly (readonly number[])[];
  readonly input_gradients: readonly (readonly number[])[];
  readonly updated: Readonly<Record<string, readonly number[]>>;
}

const cases = readFileSync(fileURLToPath(new URL('../fixtures/cases.jsonl', import.meta.url)), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);
const TOLERANCE = { rtol: 2e-4, atol: 2e-5 };

function isStored(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'values' in value;
}

function restore({ shape, dtype, values }: StoredTensor): Tensor {
  return tensor([...values], { dtype: toDType(dtype) as DType }).reshape(shape);
}

function restoreAll(value: unknown): unknown {
  if (isStored(value)) return restore(value);
  return Array.isArray(value) ? value.map(restoreAll) : value;
}

function outputsOf(
  layer: Layer,
  inputs: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Tensor[] {
  const result = layer.invoke(...inputs, options);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** The same weighted sum of outputs that Keras's gradients were taken of. */
function weightedSum(outputs: readonly Tensor[]): Tensor {
  const sums = outputs
    .filter(({ dtype }) => isFloat(dtype))
    .map((output) => {
      const weights = Float32Array.from({ length: output.size }, (_, i) => Math.sin(1.3 * i + 0.7) + 0.2);
      return output.mul(tensor(weights, { shape: output.shape })).sum();
    });
  return sums.reduce((total, sum) => total.add(sum));
}

function expectGradient(actual: Tensor | null, expected: readonly number[], shape: readonly number[]): void {
  expectClose(actual ?? ops.zeros(shape), tensor([...expected], { shape }), TOLERANCE);
}

/** Without the shapes that layers were built for: they are to be built by the call. */
function unbuilt(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(unbuilt);
  if (typeof json !== 'object' || json === null) return json;
  const { build_config: _, ...rest } = json as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, unbuilt(value)]));
}

function prepare(stored: Case): { layer: Layer; inputs: unknown[]; options: Record<string, unknown> } {
  const layer = deserializeObject(unbuilt(stored.layer)) as Layer;
  const inputs = stored.inputs.map(restoreAll);
  const options = Object.fromEntries(
    Object.entries(stored.options).map(([key, value]) => [toCamelKey(key), restoreAll(value)]),
  );
  layer.invoke(...inputs, options);
  layer.setWeights(stored.weights.map(restore));
  return { layer, inputs, options };
}

describe.each(cases.map((stored) => [stored.name, stored] as const))('%s', (_, stored) => {
  it('names and orders its weights as Keras does', () => {
    expect(prepare(stored).layer.weights.map(({ path }) => path)).toEqual(stored.paths);
  });

  it('gives the outputs and the statistics that Keras gives', () => {
    const { layer, inputs, options } = prepare(stored);
    const outputs = outputsOf(layer, inputs, options);
    expect(outputs.map(({ dtype }) => dtype)).toEqual(stored.outputs.map(({ dtype }) => dtype));
    outputs.forEach((output, i) => expectClose(output, restore(stored.outputs[i]!), TOLERANCE));
    for (const [path, values] of Object.entries(stored.updated)) {
      const weight = layer.weights.find((variable) => variable.path === path) as Variable;
      expectClose(weight.value, [...values], TOLERANCE);
    }
  });

  it('gives the gradients that Keras gives', () => {
    const { layer, inputs, options } = prepare(stored);
    const variables = layer.trainableVariables;
    const { gradients } = valueAndGradVariables(
      () => weightedSum(outputsOf(layer, inputs, options)),
      variables,
    );
    gradients.forEach((gradient, i) =>
      expectGradient(gradient, stored.weight_gradients[i]!, variables[i]!.shape),
    );

    const floats: Tensor[] = [];
    mapTree(inputs, (leaf) => (leaf instanceof Tensor && isFloat(leaf.dtype) ? floats.push(leaf) : null));
    if (floats.length === 0) return;
    const [, pull] = vjp(
      (...given: Tensor[]) => {
        let next = 0;
        const filled = mapTree(inputs, (leaf) =>
          leaf instanceof Tensor && isFloat(leaf.dtype) ? given[next++] : leaf,
        );
        return weightedSum(outputsOf(layer, filled as unknown[], options));
      },
      ...floats,
    );
    pull(tensor(1)).forEach((gradient, i) =>
      expectGradient(gradient, stored.input_gradients[i]!, floats[i]!.shape),
    );
  });
});

it('has a case for every layer that computes', () => {
  const covered = new Set(cases.map(({ layer }) => (layer as { class_name: string }).class_name));
  // Their results are random, or nothing of their own: other tests cover them.
  const others = [
    'InputLayer',
    'Lambda',
    'StackedRNNCells',
    'GaussianDropout',
    'SpatialDropout1D',
    'SpatialDropout3D',
    'ActivityRegularization',
  ];
  const seen = new Set(
    Object.entries(layerClasses).flatMap(([name, type]) => (covered.has(name) ? [type] : [])),
  );
  const missing = Object.entries(layerClasses)
    .filter(
      ([name, type]) =>
        !seen.has(type) && !others.includes(name) && !/^Layer$|Cell$|^Wrapper$|Merge$/.test(name),
    )
    .map(([name]) => name);
  expect(missing).toEqual([]);
});

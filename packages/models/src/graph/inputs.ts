import {
  flattenTree,
  formatShape,
  isKerasTensor,
  isTensorLike,
  type KerasTensor,
  ShapeError,
  Tensor,
  type TensorLike,
  toTensor,
  ValueError,
} from '@ibex/tensor';
import type { FunctionalGraph } from './functional-graph.js';

type Value = Tensor | KerasTensor;

/** The values in the order of the model's inputs: given alone, in a list, in the inputs' structure, or by the inputs' names. */
export function matchInputs(
  { inputs, inputTensors }: FunctionalGraph,
  values: unknown,
  modelName: string,
): Value[] {
  const isRecord =
    typeof values === 'object' &&
    values !== null &&
    !isValue(values) &&
    !Array.isArray(values) &&
    !ArrayBuffer.isView(values);
  let found: unknown[];
  if (isRecord) {
    const record = values as Record<string, unknown>;
    const names =
      isKerasTensor(inputs) || Array.isArray(inputs)
        ? inputTensors.map((input) => inputName(input))
        : Object.keys(inputs);
    found = names.map((name) => {
      if (!(name in record)) {
        throw new ValueError(
          `The model '${modelName}' has an input '${name}', but got values for ${Object.keys(record).join(', ')}.`,
        );
      }
      return record[name];
    });
  } else {
    found = Array.isArray(values) && inputTensors.length > 1 ? flattenTree(values) : [values];
    if (Array.isArray(values) && values.length === 1 && inputTensors.length === 1 && isValue(values[0]))
      found = [values[0]];
  }
  if (found.length !== inputTensors.length) {
    throw new ValueError(
      `The model '${modelName}' has ${inputTensors.length} input(s), but ${found.length} value(s) were given.`,
    );
  }
  return found.map((value) => {
    if (isValue(value)) return value;
    if (!isTensorLike(value))
      throw new ValueError(
        `The model '${modelName}' was given ${value === null ? 'null' : typeof value} for an input; expected a tensor.`,
      );
    return toTensor(value as TensorLike);
  });
}

/** What an input is called: after the layer that makes it. */
export function inputName(input: KerasTensor): string {
  return input.operation?.name ?? input.name;
}

function isValue(value: unknown): value is Value {
  return value instanceof Tensor || isKerasTensor(value);
}

/** Throws `ShapeError` where a value's shape is not that of its input. */
export function checkGraphInputs(
  inputs: readonly KerasTensor[],
  values: readonly Value[],
  modelName: string,
): void {
  inputs.forEach((input, i) => {
    const { shape } = values[i]!;
    const fits =
      shape.length === input.shape.length &&
      shape.every(
        (extent, axis) => extent === null || input.shape[axis] === null || input.shape[axis] === extent,
      );
    if (!fits) {
      throw new ShapeError(
        `The input '${inputName(input)}' of the model '${modelName}' has shape ${formatShape(input.shape)}, but was given ${formatShape(shape)}.`,
      );
    }
  });
}

import {
  type DType,
  DTypeError,
  formatShape,
  KerasTensor,
  ShapeError,
  type SymbolicShape,
  Tensor,
  ValueError,
} from '@ibex/tensor';
import { inputLeaves } from './call-arguments.js';

export interface InputSpecOptions {
  readonly dtype?: DType | null | undefined;
  readonly shape?: SymbolicShape | null | undefined;
  readonly ndim?: number | null | undefined;
  readonly minNdim?: number | null | undefined;
  readonly maxNdim?: number | null | undefined;
  /** The extents of some axes; negative ones count from the end. */
  readonly axes?: Readonly<Record<number, number | null>> | undefined;
  /** Whether a last axis of extent 1 may be there or not. */
  readonly allowLastAxisSqueeze?: boolean | undefined;
  readonly name?: string | null | undefined;
  readonly optional?: boolean | undefined;
}

/** What a layer expects of one of its inputs. After `keras.layers.InputSpec`. */
export class InputSpec {
  readonly dtype: DType | null;
  readonly shape: SymbolicShape | null;
  readonly ndim: number | null;
  readonly minNdim: number | null;
  readonly maxNdim: number | null;
  readonly axes: Readonly<Record<number, number | null>>;
  readonly allowLastAxisSqueeze: boolean;
  readonly name: string | null;
  readonly optional: boolean;

  constructor(options: InputSpecOptions = {}) {
    this.dtype = options.dtype ?? null;
    this.shape = options.shape ?? null;
    this.ndim = options.shape?.length ?? options.ndim ?? null;
    this.minNdim = options.minNdim ?? null;
    this.maxNdim = options.maxNdim ?? null;
    this.axes = options.axes ?? {};
    this.allowLastAxisSqueeze = options.allowLastAxisSqueeze ?? false;
    this.name = options.name ?? null;
    this.optional = options.optional ?? false;
  }
}

export type InputSpecs = InputSpec | readonly InputSpec[] | null;

/**
 * Checks that inputs are what a layer expects. Throws `ShapeError`, `DTypeError` or `ValueError`, which name the layer,
 * what was expected and what was given.
 */
export function checkInputs(specs: InputSpecs, inputs: unknown, layerName: string): void {
  if (specs === null) return;
  const list = specs instanceof InputSpec ? [specs] : specs;
  const leaves = inputLeaves(inputs);
  if (leaves.length !== list.length) {
    throw new ValueError(
      `Layer '${layerName}' expects ${list.length} input(s), but it received ${leaves.length} tensor(s).`,
    );
  }
  list.forEach((spec, i) => {
    const leaf = leaves[i];
    if (leaf === null && spec.optional) return;
    if (!(leaf instanceof Tensor || leaf instanceof KerasTensor)) {
      const given = leaf === null ? 'null' : typeof leaf;
      throw new ValueError(`Layer '${layerName}' takes tensors, but input ${i} is ${given}.`);
    }
    checkInput(spec, leaf, i, layerName);
  });
}

function checkInput(spec: InputSpec, input: Tensor | KerasTensor, index: number, layerName: string): void {
  const given: SymbolicShape = input.shape;
  const which = spec.name ? `Input ${index} ('${spec.name}')` : `Input ${index}`;
  const wrong = (expected: string, found: string): never => {
    throw new ShapeError(
      `${which} of layer '${layerName}' does not fit: expected ${expected}, found ${found}. Shape received: ${formatShape(given)}`,
    );
  };
  const rank = given.length;
  if (spec.ndim !== null && !spec.allowLastAxisSqueeze && rank !== spec.ndim)
    wrong(`rank ${spec.ndim}`, `rank ${rank}`);
  if (spec.maxNdim !== null && rank > spec.maxNdim) wrong(`rank ${spec.maxNdim} at most`, `rank ${rank}`);
  if (spec.minNdim !== null && rank < spec.minNdim) wrong(`rank ${spec.minNdim} at least`, `rank ${rank}`);
  if (spec.dtype !== null && input.dtype !== spec.dtype) {
    throw new DTypeError(
      `${which} of layer '${layerName}' does not fit: expected dtype ${spec.dtype}, found ${input.dtype}.`,
    );
  }
  for (const [axis, extent] of Object.entries(spec.axes)) {
    const found = given.at(Number(axis)) ?? null;
    if (extent !== null && found !== null && found !== extent)
      wrong(`extent ${extent} of axis ${axis}`, `${found}`);
  }
  if (spec.shape === null) return;
  const squeeze = (shape: SymbolicShape): SymbolicShape => (shape.at(-1) === 1 ? shape.slice(0, -1) : shape);
  const [expected, found] = spec.allowLastAxisSqueeze
    ? [squeeze(spec.shape), squeeze(given)]
    : [spec.shape, given];
  const fits = expected.every(
    (extent, i) => extent === null || (found[i] ?? null) === null || found[i] === extent,
  );
  if (!fits || expected.length !== found.length)
    wrong(`shape ${formatShape(spec.shape)}`, formatShape(given));
}

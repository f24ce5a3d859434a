import { scalar } from './create.js';
import { isFloat } from './dtype.js';
import { DTypeError, ShapeError, ValueError } from './errors.js';
import {
  type Entry,
  type Recorder,
  record,
  startRecording,
  stopRecording,
  withoutRecording,
} from './recording.js';
import { ops } from './registry.js';
import { atScope, currentScope } from './scope.js';
import { formatShape, sameShape } from './shape.js';
import { Tensor } from './tensor.js';
import { Variable } from './variable.js';

/** What gradients are taken with respect to. */
export type Source = Tensor | Variable;

/** A recording of calls, from which gradients are computed by going through it backwards. */
export class Tape implements Recorder {
  #entries: Entry[] = [];
  #reads = new Map<Variable, Set<Tensor>>();

  recordEntry(entry: Entry): void {
    this.#entries.push(entry);
  }

  recordRead(variable: Variable, value: Tensor): void {
    const known = this.#reads.get(variable);
    if (known) known.add(value);
    else this.#reads.set(variable, new Set([value]));
  }

  clear(): void {
    this.#entries = [];
    this.#reads = new Map();
  }

  /** The variables that were read. */
  get variables(): Variable[] {
    return [...this.#reads.keys()];
  }

  /**
   * The gradients of the sum of `targets`, weighted by `seeds`, with respect to each source: `null` where the targets
   * do not depend on it. What is computed is recorded by other tapes, so that gradients can be taken of gradients.
   */
  gradient(
    targets: readonly Tensor[],
    sources: readonly Source[],
    seeds?: readonly (Tensor | null)[],
  ): (Tensor | null)[] {
    return withoutRecording(() => this.#gradient(targets, sources, seeds), [this]);
  }

  #gradient(
    targets: readonly Tensor[],
    sources: readonly Source[],
    seeds?: readonly (Tensor | null)[],
  ): (Tensor | null)[] {
    const starts = sources.map((source) => this.#tensorsOf(source));
    const dependent = new Set(starts.flat());
    const relevant: Entry[] = [];
    for (const entry of this.#entries) {
      if (!entry.inputs.some((input) => dependent.has(input))) continue;
      let counts = false;
      for (const output of entry.outputs) {
        if (isFloat(output.dtype)) {
          dependent.add(output);
          counts = true;
        }
      }
      if (counts) relevant.push(entry);
    }
    const gradients = new Map<Tensor, Tensor>();
    targets.forEach((target, i) => {
      if (!isFloat(target.dtype)) {
        throw new DTypeError(
          `A gradient is taken of floating-point tensors, got ${target.dtype} of shape ${formatShape(target.shape)}.`,
        );
      }
      if (dependent.has(target)) accumulate(gradients, target, seeds?.[i] ?? filled(target, 1));
    });
    for (let i = relevant.length - 1; i >= 0; i--) backpropagate(relevant[i]!, gradients, dependent);
    return starts.map((tensors) => {
      const found = tensors.flatMap((tensor) => gradients.get(tensor) ?? []);
      return found.length === 0 ? null : found.reduce((sum, gradient) => sum.add(gradient));
    });
  }

  #tensorsOf(source: Source): Tensor[] {
    if (!isFloat(source.dtype)) {
      const what =
        source instanceof Variable
          ? `the variable '${source.path}'`
          : `a tensor of shape ${formatShape(source.shape)}`;
      throw new DTypeError(
        `A gradient is taken with respect to floating-point values, but ${what} is ${source.dtype}.`,
      );
    }
    return source instanceof Variable ? [...(this.#reads.get(source) ?? [])] : [source];
  }
}

function accumulate(gradients: Map<Tensor, Tensor>, tensor: Tensor, gradient: Tensor): void {
  const known = gradients.get(tensor);
  gradients.set(tensor, known ? known.add(gradient) : gradient);
}

function filled(like: Tensor, value: number): Tensor {
  return ops().broadcastGeneral(scalar(value, like.dtype), like.shape);
}

function backpropagate(entry: Entry, gradients: Map<Tensor, Tensor>, dependent: ReadonlySet<Tensor>): void {
  if (!entry.outputs.some((output) => gradients.has(output))) return;
  // What a gradient computes belongs to the layer that it is the gradient of.
  const inputGradients = atScope(entry.node?.scope ?? currentScope(), () =>
    differentiate(entry, (index) => gradients.get(entry.outputs[index]!)),
  );
  entry.inputs.forEach((input, i) => {
    const gradient = inputGradients[i];
    if (gradient && dependent.has(input) && isFloat(input.dtype)) accumulate(gradients, input, gradient);
  });
}

function differentiate(
  entry: Entry,
  gradientOf: (output: number) => Tensor | undefined,
): readonly (Tensor | null)[] {
  const { inputs, outputs, node } = entry;
  const grad = (index: number): Tensor => gradientOf(index) ?? filled(outputs[index]!, 0);
  if (entry.gradient) return entry.gradient(outputs.map((_, i) => grad(i)));
  const { def, attrs } = node!;
  const input = (index: number): Tensor => inputs[index]!;
  if (def.vjp) {
    const hasGrad = (index: number): boolean => gradientOf(index) !== undefined;
    return def.vjp({ inputs, input, output: (index) => outputs[index]!, grad, hasGrad, attrs, ops: ops() });
  }
  if (!def.composite) return inputs.map(() => null);
  // An operand may stand in two places, so each place gets a twin of its own for the tape to tell apart.
  const twins = inputs.map(twinOf);
  const tape = new Tape();
  startRecording(tape);
  let results: readonly Tensor[];
  try {
    results = def.composite({ inputs: twins, input: (index) => twins[index]!, attrs, ops: ops() });
  } finally {
    stopRecording(tape);
  }
  const wanted = results
    .map((_, i) => i)
    .filter((i) => isFloat(results[i]!.dtype) && gradientOf(i) !== undefined);
  const floats = twins.map((twin) => isFloat(twin.dtype));
  const found = tape.gradient(
    wanted.map((i) => results[i]!),
    twins.filter((_, i) => floats[i]),
    wanted.map(grad),
  );
  let next = 0;
  return twins.map((_, i) => (floats[i] ? found[next++]! : null));
}

/** An alias that the open tapes know to be the same value. */
export function twinOf(tensor: Tensor): Tensor {
  const twin = tensor.alias();
  record({ inputs: [tensor], outputs: [twin], node: null, gradient: ([gradient]) => [gradient!] });
  return twin;
}

/** Runs `body` under a new tape. */
export function withTape<T>(body: () => T): { tape: Tape; result: T } {
  const tape = new Tape();
  startRecording(tape);
  try {
    return { tape, result: body() };
  } finally {
    stopRecording(tape);
  }
}

/** Throws `ShapeError` unless the loss is a scalar. */
export function requireScalar(what: string, loss: Tensor): void {
  if (loss.rank !== 0) {
    throw new ShapeError(
      `${what}: the function must return a scalar to be differentiated, got shape ${formatShape(loss.shape)}; reduce it first (mean, sum).`,
    );
  }
}

/** Gradients in the place of missing ones, by what the caller wants of sources that do not matter. */
export function fillMissing(found: readonly (Tensor | null)[], sources: readonly Source[]): Tensor[] {
  return found.map((gradient, i) => {
    const source = sources[i]!;
    return gradient ?? filled(source instanceof Variable ? source.value : source, 0);
  });
}

/** Throws `ShapeError` where a gradient given by the user does not fit the tensor it is of. */
export function checkSeed(what: string, seed: Tensor, target: Tensor): Tensor {
  if (!sameShape(seed.shape, target.shape)) {
    throw new ShapeError(
      `${what}: the gradient of an output of shape ${formatShape(target.shape)} must have that shape, got ${formatShape(seed.shape)}.`,
    );
  }
  return seed.dtype === target.dtype ? seed : seed.cast(target.dtype);
}

/** Throws `ValueError` where a function that is differentiated gave no tensor. */
export function requireTensor(what: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new ValueError(
    `${what}: the function must return a tensor, got ${value === null ? 'null' : typeof value}.`,
  );
}

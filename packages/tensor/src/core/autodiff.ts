import { toTensor } from './apply.js';
import { ValueError } from './errors.js';
import { record, startRecording, stopRecording, withoutRecording } from './recording.js';
import { ops } from './registry.js';
import { atScope, currentScope } from './scope.js';
import {
  checkSeed,
  fillMissing,
  requireScalar,
  requireTensor,
  type Source,
  Tape,
  twinOf,
  withTape,
} from './tape.js';
import { Tensor, type TensorLike } from './tensor.js';
import { flattenTree, unflattenTree } from './tree.js';
import type { Variable } from './variable.js';

type Tensors<A extends readonly TensorLike[]> = { [K in keyof A]: Tensor };

export interface GradOptions {
  /** With respect to which arguments. Default: the first; an array gives an array of gradients. */
  readonly argnums?: number | readonly number[];
}

/** The gradients that {@link grad} gives for such options. */
type GradResult<O extends GradOptions> = O['argnums'] extends readonly number[] ? Tensor[] : Tensor;

/**
 * The function that gives the gradient of `fn`, which must return a scalar. It can be differentiated again.
 * Throws `DTypeError` for integer arguments and `ShapeError` when the result is no scalar.
 */
export function grad<A extends readonly TensorLike[], const O extends GradOptions = GradOptions>(
  fn: (...args: Tensors<A>) => Tensor,
  options?: O,
): (...args: A) => GradResult<O> {
  const both = valueAndGrad(fn, options);
  return (...args) => both(...args)[1];
}

export interface AuxOptions extends GradOptions {
  /** `fn` returns `[loss, aux]`: `aux` is passed on, and not differentiated. */
  readonly hasAux: true;
}

/** Like {@link grad}, but gives the value of `fn` too: `[value, gradient]`. */
export function valueAndGrad<A extends readonly TensorLike[], X, const O extends AuxOptions>(
  fn: (...args: Tensors<A>) => readonly [Tensor, X],
  options: O,
): (...args: A) => [[Tensor, X], GradResult<O>];
export function valueAndGrad<A extends readonly TensorLike[], const O extends GradOptions = GradOptions>(
  fn: (...args: Tensors<A>) => Tensor,
  options?: O,
): (...args: A) => [Tensor, GradResult<O>];
export function valueAndGrad(
  fn: (...args: Tensor[]) => Tensor | readonly [Tensor, unknown],
  options: GradOptions & { readonly hasAux?: boolean } = {},
): (...args: TensorLike[]) => [unknown, Tensor | Tensor[]] {
  const { argnums = 0, hasAux = false } = options;
  const wanted = typeof argnums === 'number' ? [argnums] : argnums;
  return (...args) => {
    const primals = args.map((arg) => twinOf(toTensor(arg)));
    const sources = wanted.map((index) => {
      const source = primals[index < 0 ? index + primals.length : index];
      if (!source)
        throw new ValueError(`grad: there is no argument ${index}, the function was given ${args.length}.`);
      return source;
    });
    const { tape, result } = withTape(() => fn(...primals));
    const loss = lossOf('grad', result, hasAux);
    const gradients = fillMissing(tape.gradient([loss], sources), sources);
    return [result, typeof argnums === 'number' ? gradients[0]! : gradients];
  };
}

/**
 * The value of `fn`, which takes no arguments and returns a scalar, and its gradients with respect to variables that it
 * reads: `null` for those on which it does not depend.
 */
export function valueAndGradVariables<X>(
  fn: () => readonly [Tensor, X],
  variables: readonly Variable[],
  options: { readonly hasAux: true },
): { value: readonly [Tensor, X]; gradients: (Tensor | null)[] };
export function valueAndGradVariables(
  fn: () => Tensor,
  variables: readonly Variable[],
): { value: Tensor; gradients: (Tensor | null)[] };
export function valueAndGradVariables(
  fn: () => Tensor | readonly [Tensor, unknown],
  variables: readonly Variable[],
  { hasAux = false }: { readonly hasAux?: boolean } = {},
): { value: unknown; gradients: (Tensor | null)[] } {
  const { tape, result } = withTape(fn);
  const loss = lossOf('valueAndGradVariables', result, hasAux);
  return { value: result, gradients: tape.gradient([loss], variables) };
}

/** The scalar among what a function to be differentiated returned. */
function lossOf(what: string, result: unknown, hasAux: boolean): Tensor {
  const loss = requireTensor(what, hasAux && Array.isArray(result) ? result[0] : result);
  requireScalar(what, loss);
  return loss;
}

/** `fn`'s value, and the function that takes gradients of the value's tensors to gradients of the arguments. */
export function vjp<A extends readonly TensorLike[], R>(
  fn: (...args: Tensors<A>) => R,
  ...args: A
): [R, (gradients: unknown) => Tensors<A>] {
  const primals = args.map((arg) => twinOf(toTensor(arg)));
  const { tape, result } = withTape(() => fn(...(primals as Tensors<A>)));
  const targets = flattenTree(result).map((leaf) => requireTensor('vjp', leaf));
  const pull = (gradients: unknown): Tensors<A> => {
    const seeds = flattenTree(gradients).map((leaf) => toTensor(leaf as TensorLike));
    if (seeds.length !== targets.length) {
      throw new ValueError(
        `vjp: the function returns ${targets.length} tensors, but ${seeds.length} gradients were given.`,
      );
    }
    const checked = seeds.map((seed, i) => checkSeed('vjp', seed, targets[i]!));
    return fillMissing(tape.gradient(targets, primals, checked), primals) as Tensors<A>;
  };
  return [result, pull];
}

export interface GradientTapeOptions {
  /** Keep the recording after the first `gradient`, to take others. Default false. */
  readonly persistent?: boolean;
}

export interface GradientOptions {
  /** The gradients of the targets that the chain starts with. Default: ones. */
  readonly outputGradients?: TensorLike | readonly (Tensor | null)[] | undefined;
  /** What sources get that the targets do not depend on: `null` ('none', the default) or zeros. */
  readonly unconnectedGradients?: 'none' | 'zero' | undefined;
}

/**
 * Records what is computed, to take gradients of it afterwards:
 * `const tape = new GradientTape(); const loss = tape.run(() => …); const gradients = tape.gradient(loss, variables);`
 * With `using tape = new GradientTape()` it records to the end of the block. After `tf.GradientTape`.
 */
export class GradientTape {
  readonly #tape = new Tape();
  readonly #persistent: boolean;
  #recording = true;
  #spent = false;
  #watched: Variable[] = [];

  constructor({ persistent = false }: GradientTapeOptions = {}) {
    this.#persistent = persistent;
    startRecording(this.#tape);
  }

  /** Runs `body` while recording, and stops recording when it returns. */
  run<T>(body: () => T): T {
    if (!this.#recording) {
      this.#recording = true;
      startRecording(this.#tape);
    }
    try {
      return body();
    } finally {
      this.stop();
    }
  }

  /** Says that gradients with respect to the tensor will be asked for. Every tensor is recorded, so it only documents. */
  watch(_tensor: Source): void {}

  stop(): void {
    if (!this.#recording) return;
    this.#recording = false;
    stopRecording(this.#tape);
  }

  /** The trainable variables that were read. */
  watchedVariables(): Variable[] {
    return this.#spent ? this.#watched : this.#tape.variables.filter((variable) => variable.trainable);
  }

  /**
   * The gradient of `target` (of the sum of its elements, when it is no scalar) with respect to each source, in the
   * structure of `sources`: `null` where it does not depend on it.
   * Throws `ValueError` on a second call, unless the tape is persistent.
   */
  gradient(target: Tensor | readonly Tensor[], source: Source, options?: GradientOptions): Tensor | null;
  gradient(
    target: Tensor | readonly Tensor[],
    sources: readonly Source[],
    options?: GradientOptions,
  ): (Tensor | null)[];
  gradient(
    target: Tensor | readonly Tensor[],
    sources: Source | readonly Source[],
    { outputGradients, unconnectedGradients = 'none' }: GradientOptions = {},
  ): Tensor | null | (Tensor | null)[] {
    if (this.#spent) {
      throw new ValueError(
        'GradientTape.gradient was called before; make the tape with { persistent: true } to call it again.',
      );
    }
    const targets = target instanceof Tensor ? [target] : target;
    const list = Array.isArray(sources) ? (sources as readonly Source[]) : [sources as Source];
    const given =
      target instanceof Tensor && outputGradients !== undefined
        ? [toTensor(outputGradients as TensorLike)]
        : outputGradients;
    const seeds = (given as readonly (Tensor | null)[] | undefined)?.map(
      (seed, i) => seed && checkSeed('gradient', seed, targets[i]!),
    );
    const found = this.#tape.gradient(targets, list, seeds);
    const gradients = unconnectedGradients === 'zero' ? fillMissing(found, list) : found;
    if (!this.#persistent) {
      this.#watched = this.watchedVariables();
      this.#spent = true;
      this.stop();
      this.#tape.clear();
    }
    return Array.isArray(sources) ? gradients : gradients[0]!;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/** The same value, through which no gradient flows. */
export function stopGradient(x: TensorLike): Tensor {
  return toTensor(x).alias();
}

/**
 * A function with a gradient of its own: `fn` returns its value and the function that takes gradients of the value's
 * tensors to gradients of the arguments. After `keras.ops.custom_gradient`.
 */
export function customGradient<A extends readonly TensorLike[], R>(
  fn: (
    ...args: Tensors<A>
  ) => readonly [
    value: R,
    gradient: (...gradients: Tensor[]) => TensorLike | readonly (TensorLike | null)[] | null,
  ],
): (...args: A) => R {
  return (...args) => {
    const inputs = args.map((arg) => toTensor(arg));
    const scope = currentScope();
    const [value, gradient] = withoutRecording(() => fn(...(inputs as Tensors<A>)));
    const results = flattenTree(value).map((leaf) => requireTensor('customGradient', leaf).alias());
    record({
      inputs,
      outputs: results,
      node: null,
      gradient: (gradients) => {
        const given = atScope(scope, () => gradient(...gradients));
        const list =
          Array.isArray(given) && inputs.length > 1
            ? given
            : inputs.length === 1 && Array.isArray(given) && given.length === 1
              ? given
              : [given];
        if (list.length !== inputs.length) {
          throw new ValueError(
            `customGradient: the function takes ${inputs.length} arguments, but its gradient gave ${list.length}.`,
          );
        }
        return list.map((entry) => (entry === null ? null : toTensor(entry as TensorLike)));
      },
    });
    return unflattenTree(value, results) as R;
  };
}

/** The derivatives of every element of `fn(x)` with respect to every element of `x`: shape `[...fn(x).shape, ...x.shape]`. */
export function jacobian(fn: (x: Tensor) => Tensor): (x: TensorLike) => Tensor {
  return (value) => {
    const x = twinOf(toTensor(value));
    const { tape, result } = withTape(() => requireTensor('jacobian', fn(x)));
    const flat = result.size;
    const rows = Array.from({ length: flat }, (_, i) => {
      const seed = ops().oneHotOf(i, flat, result.dtype).reshape(result.shape);
      return fillMissing(tape.gradient([result], [x], [seed]), [x])[0]!;
    });
    return ops()
      .stackTensors(rows)
      .reshape([...result.shape, ...x.shape]);
  };
}

/** The second derivatives of a scalar function: shape `[...x.shape, ...x.shape]`. */
export function hessian(fn: (x: Tensor) => Tensor): (x: TensorLike) => Tensor {
  return jacobian((x) => grad(fn)(x));
}

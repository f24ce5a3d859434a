import type { KerasTensor, SymbolicShape, Tensor, TensorLike } from '@ibex/tensor';

/** Symbolic tensors, alone, in lists or by name. */
export type SymbolicInputs =
  | KerasTensor
  | readonly (SymbolicInputs | null)[]
  | { readonly [name: string]: SymbolicInputs | null };

/** Tensors (or values that can be taken for tensors), alone, in lists or by name. */
export type TensorInputs =
  | TensorLike
  | readonly (TensorInputs | null)[]
  | { readonly [name: string]: TensorInputs | null };

/** A shape, or the shapes of several tensors in the structure of the tensors. */
export type ShapeTree = SymbolicShape | readonly ShapeTree[] | { readonly [name: string]: ShapeTree };

/** What a layer is called with besides its inputs: these, and what its `call` takes of its own. */
export interface LayerCallOptions {
  /** Whether the model is being trained. Default: as in the layer that calls this one, or false. */
  readonly training?: boolean | null | undefined;
  /** Which entries of the input count. Default: the mask that the layer before attached to its output. */
  readonly mask?: unknown;
  readonly [option: string]: unknown;
}

/** What `call` gets besides the inputs: everything the layer was called with, and these two filled in. */
export interface CallOptions<Mask = Tensor | null> {
  readonly training: boolean;
  /** The mask (or masks, in the inputs' structure) of the inputs; `null` where there is none. */
  readonly mask: Mask;
}

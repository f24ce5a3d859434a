import type { DType } from './dtype.js';
import { ValueError } from './errors.js';
import type { Tensor } from './tensor.js';

/** What the type rules of primitives work on. */
export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** How an attribute is encoded. */
export type AttrKind = 'i64' | 'f64' | 'bool' | 'dtype' | 'i64s' | 'f64s' | 'bytes';

/** An attribute struct of the core: its name, and its fields in order. */
export interface AttrSpec {
  readonly struct: string;
  readonly fields: Readonly<Record<string, AttrKind>>;
}

/** In C++ and CUDA, of `x` (or `a` and `b`) of type T; one for floats and one for integers where they differ. */
export type ScalarExpr = string | { readonly float: string; readonly int: string };

/** The functions that gradients are written with: primitives with their attributes, and the element-wise ops. */
export type Ops = typeof import('../ops/gradient-ops.js');

/** What a primitive is differentiated, or written out, from. */
export interface CompositeContext<A> {
  input(index: number): Tensor;
  readonly inputs: readonly Tensor[];
  readonly attrs: A;
  readonly ops: Ops;
}

export interface VjpContext<A> extends CompositeContext<A> {
  /** The gradient of an output; zeros where nothing depends on it. */
  grad(index: number): Tensor;
  /** Whether anything depends on the output. */
  hasGrad(index: number): boolean;
  output(index: number): Tensor;
}

export type OpKind = 'source' | 'elementwise' | 'movement' | 'reduction' | 'library' | 'fused';

/** A primitive: everything that is known of it outside of the kernels. */
// biome-ignore lint/suspicious/noExplicitAny: a list of definitions holds definitions of every attribute type
export interface OpDef<A = any> {
  readonly name: string;
  readonly kind: OpKind;
  readonly inputs: number | 'variadic';
  readonly outputs: number | 'variadic';
  readonly attrs?: AttrSpec;
  /** Element-wise ops: the scalar function, which operands it takes, and what it gives. */
  readonly scalar?: { readonly expr: ScalarExpr; readonly operand: string; readonly result: 'same' | 'bool' };
  /** The outputs' types; throws where the operands or attributes do not fit. */
  infer(inputs: readonly TensorType[], attrs: A): readonly TensorType[];
  /** The gradient of each input, `null` where there is none. */
  vjp?(context: VjpContext<A>): readonly (Tensor | null)[];
  /** The outputs written with other primitives: what is differentiated where there is no `vjp`. */
  composite?(context: CompositeContext<A>): readonly Tensor[];
}

const defs: OpDef[] = [];
const ids = new Map<OpDef, number>();

/** Registers a primitive; its number is its place in the order of registration, as in the core's enum. */
export function defineOp<A>(def: OpDef<A>): OpDef<A> {
  if (defs.some(({ name }) => name === def.name))
    throw new ValueError(`The op '${def.name}' is defined twice.`);
  ids.set(def, defs.length);
  defs.push(def);
  return def;
}

/** All primitives, in the order of their numbers. */
export function opDefs(): readonly OpDef[] {
  return defs;
}

export function opId(def: OpDef): number {
  const id = ids.get(def);
  if (id === undefined) throw new ValueError(`The op '${def.name}' is not registered.`);
  return id;
}

let gradientOps: Ops | undefined;

/** Called by the module of the functions themselves: definitions come before them, so they can't import them. */
export function provideOps(ops: Ops): void {
  gradientOps = ops;
}

export function ops(): Ops {
  if (!gradientOps)
    throw new ValueError('The ops are not loaded: import from @ibex/tensor, not from its parts.');
  return gradientOps;
}

/** The primitive of a name. */
export function findOp(name: string): OpDef {
  const def = defs.find((candidate) => candidate.name === name);
  if (!def) throw new ValueError(`There is no op '${name}'.`);
  return def;
}

let hashOfTable: (() => string) | undefined;
let knownHash: string | undefined;

/** Called by the module that computes the hash of the op table, over all definitions. */
export function provideOpTableHash(hash: () => string): void {
  hashOfTable = hash;
}

/** The hash of all definitions' interfaces, 16 hexadecimal digits: the addon must have been built from the same. */
export function opTableHash(): string {
  knownHash ??= hashOfTable?.() ?? '0';
  return knownHash;
}

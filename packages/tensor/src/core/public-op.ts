import { isKerasTensor, type KerasTensor } from './symbolic/keras-tensor.js';

type Symbolic = (name: string, fn: (...args: never[]) => unknown, args: readonly unknown[]) => unknown;
let recordSymbolic: Symbolic | undefined;

/** Called by the symbolic operations, which come after the functions they record. */
export function provideSymbolic(symbolic: Symbolic): void {
  recordSymbolic = symbolic;
}

/** An argument in whose place, or within which, a symbolic tensor may stand. */
type SymbolicArgument<A> =
  | A
  | KerasTensor
  | (A extends readonly (infer E)[] ? readonly (E | KerasTensor)[] : never);

/** A function's form for symbolic tensors: where it gives tensors, this gives symbolic ones. */
export type SymbolicForm<F> = F extends (...args: infer A) => infer R
  ? (
      ...args: { [K in keyof A]: SymbolicArgument<A[K]> }
    ) => R extends readonly unknown[] ? KerasTensor[] : KerasTensor
  : never;

/**
 * Makes a function of tensors public: given symbolic tensors, it notes the call in their graph instead of computing it, so
 * that it can be used in Functional models.
 */
export function publicOp<F extends (...args: never[]) => unknown>(name: string, fn: F): F & SymbolicForm<F> {
  const dispatching = (...args: Parameters<F>): unknown => {
    for (let i = 0; i < args.length; i++) {
      if (holdsSymbolic(args[i])) return recordSymbolic!(name, fn, args);
    }
    return fn(...args);
  };
  return Object.defineProperty(dispatching, 'name', { value: name }) as unknown as F & SymbolicForm<F>;
}

function holdsSymbolic(value: unknown): value is KerasTensor {
  if (typeof value !== 'object') return false;
  if (isKerasTensor(value)) return true;
  return (
    Array.isArray(value) && value.length > 0 && typeof value[0] === 'object' && value.some(holdsSymbolic)
  );
}

import { IbexError } from '@ibex/tensor';

/** Training was ended through its `AbortSignal`; the weights are those after the last finished step. */
export class AbortedError extends IbexError {
  constructor(reason: unknown) {
    super('IBEX_ABORTED', 'The job was aborted through its signal.', { cause: reason });
  }
}

/** A model was trained or evaluated before `compile`. */
export class NotCompiledError extends IbexError {
  constructor(what: string, name: string) {
    super(
      'IBEX_NOT_COMPILED',
      `${what}: the model '${name}' must be compiled first: model.compile({ optimizer, loss }).`,
    );
  }
}

import { TraceError } from './errors.js';
import type { Node } from './node.js';
import { findOp, type TensorType } from './registry.js';
import { Tensor } from './tensor.js';
import type { Variable } from './variable.js';

interface State {
  readonly parameter: Tensor;
  current: Tensor;
}

/** One tracing of a function: its parameters, and what it reads of and assigns to variables. */
export class Trace {
  /** False when the function has returned: then its tensors have no meaning any more. */
  open = true;
  readonly name: string;
  readonly feeds: Tensor[] = [];
  readonly #states = new Map<Variable, State>();

  constructor(name: string) {
    this.name = name;
  }

  /** A tensor that stands for an argument. */
  feed(type: TensorType): Tensor {
    const parameter = this.#parameter(type, this.feeds.length, false);
    this.feeds.push(parameter);
    return parameter;
  }

  /** The variable's value at this point of the function. */
  readVariable(variable: Variable): Tensor {
    return this.#state(variable).current;
  }

  assignVariable(variable: Variable, value: Tensor): void {
    this.#state(variable).current = value;
  }

  /** The variables that the function uses, in the order of their numbers. */
  get variables(): Variable[] {
    return [...this.#states.keys()];
  }

  /** The variables' new values, where they were assigned. */
  get updates(): { index: number; value: Tensor }[] {
    const updates: { index: number; value: Tensor }[] = [];
    let index = 0;
    for (const { parameter, current } of this.#states.values()) {
      if (current !== parameter) updates.push({ index, value: current });
      index++;
    }
    return updates;
  }

  /** Throws `TraceError` when a tensor of this trace is used in another, or outside of any. */
  checkReachable(from: Trace | null): void {
    if (from === this && this.open) return;
    throw new TraceError(
      `A tensor made while '${this.name}' was traced is used outside of it. It stands for a value that differs from call to call: return it from the function, or assign it to a Variable.`,
    );
  }

  #state(variable: Variable): State {
    let state = this.#states.get(variable);
    if (!state) {
      const parameter = this.#parameter(variable, this.#states.size, true);
      state = { parameter, current: parameter };
      this.#states.set(variable, state);
    }
    return state;
  }

  #parameter({ shape, dtype }: TensorType, index: number, state: boolean): Tensor {
    const node: Node = {
      def: findOp('parameter'),
      inputs: [],
      attrs: { index, state },
      outputs: [{ shape, dtype }],
      scope: '',
      device: null,
      trace: this,
      depth: 0,
      isUsed: false,
      isHeavy: false,
      computed: 0,
    };
    return Tensor.pending(shape, dtype, node, 0);
  }
}

import type { OpenDevice } from './device.js';
import type { OpDef, TensorType } from './registry.js';
import type { Tensor } from './tensor.js';
import type { Trace } from './trace.js';

/** A call of a primitive that has not been computed yet: a plain object that owns no native memory. */
export interface Node {
  readonly def: OpDef;
  readonly inputs: readonly Tensor[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorType[];
  /** The path of the layer in which the call was made. */
  readonly scope: string;
  /** Where it is to be computed: `null` for the device that is current then. */
  readonly device: OpenDevice | null;
  /** The trace that the call belongs to. */
  readonly trace: Trace | null;
  /** The longest chain of pending calls that ends here. */
  readonly depth: number;
  /** Whether another call has a result of this one as operand. */
  isUsed: boolean;
  /** Whether the operands, directly or not, hold much memory. */
  isHeavy: boolean;
  /** How many programs have computed the call on the way to something else. */
  computed: number;
}

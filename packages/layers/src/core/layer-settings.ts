import { type DType, type DTypePolicy, getDtypePolicy } from '@ibex/tensor';
import { Invocable } from '../callable.js';
import * as regularizers from '../regularizers/index.js';
import type { InputSpecs } from './input-spec.js';
import type { LayerOptions } from './layer-options.js';

/** What layers are set to, by options or later: dtypes, masking, expectations of inputs, a penalty of outputs. */
export abstract class LayerSettings extends Invocable {
  /** Whether inputs that are floats are cast to the layer's dtype of computation. */
  readonly autocast: boolean;
  #policy: DTypePolicy;
  #supportsMasking = false;
  #inputSpec: InputSpecs = null;
  #activityRegularizer: regularizers.RegularizerFunction | null;

  constructor({ dtype, autocast = true, activityRegularizer }: LayerOptions) {
    super();
    this.autocast = autocast;
    this.#policy = getDtypePolicy(dtype);
    this.#activityRegularizer = regularizers.get(activityRegularizer);
  }

  get dtypePolicy(): DTypePolicy {
    return this.#policy;
  }

  set dtypePolicy(policy: string | DTypePolicy) {
    this.#policy = getDtypePolicy(policy);
  }

  /** The dtype of weights. */
  get variableDtype(): DType {
    return this.#policy.variableDtype;
  }

  /** The dtype of weights. */
  get dtype(): DType {
    return this.#policy.variableDtype;
  }

  get computeDtype(): DType {
    return this.#policy.computeDtype;
  }

  /** What inputs that are floats are cast to. */
  get inputDtype(): DType {
    return this.#policy.computeDtype;
  }

  get supportsMasking(): boolean {
    return this.#supportsMasking;
  }

  set supportsMasking(supports: boolean) {
    this.#supportsMasking = supports;
  }

  /** What the layer expects of its inputs. */
  get inputSpec(): InputSpecs {
    return this.#inputSpec;
  }

  set inputSpec(spec: InputSpecs) {
    this.#inputSpec = spec;
  }

  get activityRegularizer(): regularizers.RegularizerFunction | null {
    return this.#activityRegularizer;
  }

  set activityRegularizer(regularizer: regularizers.RegularizerLike) {
    this.#activityRegularizer = regularizers.get(regularizer);
  }
}

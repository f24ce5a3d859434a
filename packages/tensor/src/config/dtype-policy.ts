import { floatx } from '../core/config.js';
import { type DType, isFloat, toDType } from '../core/dtype.js';
import { ValueError } from '../core/errors.js';
import { Tensor } from '../core/tensor.js';
import { registerKerasObjects } from './registration.js';

/**
 * In which dtypes a layer keeps its variables and computes. A dtype's name stands for both; `'mixed_bfloat16'` and
 * `'mixed_float16'` compute in 16 bits with float32 variables. After `keras.DTypePolicy`.
 */
export class DTypePolicy {
  readonly name: string;
  readonly computeDtype: DType;
  readonly variableDtype: DType;

  /** Throws `DTypeError` for an unknown name. */
  constructor(name: string = floatx()) {
    this.name = name;
    const mixed = /^mixed_(float16|bfloat16)$/.exec(name)?.[1] as DType | undefined;
    this.computeDtype = mixed ?? toDType(name);
    this.variableDtype = mixed ? 'float32' : this.computeDtype;
  }

  /** `x` in the compute dtype (or `dtype`) where it is a floating-point tensor and `autocast` is on. */
  convertInput<T>(x: T, autocast: boolean, dtype: DType = this.computeDtype): T | Tensor {
    if (!autocast || !(x instanceof Tensor) || !isFloat(x.dtype) || x.dtype === dtype) return x;
    return x.cast(dtype);
  }

  equals(other: unknown): boolean {
    return other instanceof DTypePolicy && other.name === this.name;
  }

  getConfig(): { name: string } {
    return { name: this.name };
  }

  static fromConfig(config: Record<string, unknown>): DTypePolicy {
    return new DTypePolicy(config['name'] as string);
  }

  toString(): string {
    return `<DTypePolicy "${this.name}">`;
  }
}

let globalPolicy: DTypePolicy | null = null;

/** The policy of layers that are given none: that of `floatx()` unless set. After `keras.config.dtype_policy`. */
export function dtypePolicy(): DTypePolicy {
  return globalPolicy ?? new DTypePolicy();
}

/** Sets the policy of layers that are given none; `null` goes back to that of `floatx()`. */
export function setDtypePolicy(policy: string | DTypePolicy | null): void {
  globalPolicy = policy === null ? null : getDtypePolicy(policy);
}

/** A policy from its name, or the global one. Throws `ValueError` for what is neither. */
export function getDtypePolicy(identifier: string | DTypePolicy | null | undefined): DTypePolicy {
  if (identifier === null || identifier === undefined) return dtypePolicy();
  if (identifier instanceof DTypePolicy) return identifier;
  if (typeof identifier === 'string') return new DTypePolicy(identifier);
  throw new ValueError(`A dtype policy is given by its name or as a DTypePolicy, got ${typeof identifier}.`);
}

registerKerasObjects('keras', { DTypePolicy });

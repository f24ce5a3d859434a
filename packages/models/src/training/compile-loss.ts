import {
  binaryCrossentropy,
  categoricalCrossentropy,
  getLoss,
  Loss,
  type LossFunction,
  LossFunctionWrapper,
  type LossIdentifier,
  sparseCategoricalCrossentropy,
} from '@ibex/losses';
import { Mean } from '@ibex/metrics';
import type { Tensor, TensorLike } from '@ibex/tensor';
import { mapTree, nameScope, ValueError } from '@ibex/tensor';
import { type Outputs, type PerOutput, perOutput } from './outputs.js';

export type LossSpec = PerOutput<LossIdentifier>;
export type LossWeights = number | readonly number[] | { readonly [name: string]: number };

/** Names that stand for one of several losses, by what the outputs are. */
const GENERIC: readonly string[] = ['crossentropy', 'ce'];

interface OutputLoss {
  readonly loss: Loss;
  readonly weight: number;
  /** The unweighted loss of this output, where there are several. */
  readonly tracker: Mean | undefined;
}

/** The losses of all outputs as one, resolved when the first batch shows what the outputs are. */
export class CompileLoss {
  readonly #spec: LossSpec;
  readonly #weights: LossWeights | undefined;
  #perOutput: (OutputLoss | null)[] | undefined;

  constructor(spec: LossSpec, weights: LossWeights | undefined) {
    this.#spec = spec;
    this.#weights = weights;
    mapTree(spec, (leaf) => {
      // A name that is not known is told at once, though which loss stands where shows later.
      if (typeof leaf === 'string' && !GENERIC.includes(leaf)) getLoss(leaf);
      return leaf;
    });
  }

  get metrics(): Mean[] {
    return (this.#perOutput ?? []).flatMap((entry) => entry?.tracker ?? []);
  }

  /**
   * The weighted sum of all outputs' losses: a scalar.
   * @param targets - one per output, `null` where there is none
   * @param sampleWeights - one per output, or one for all
   */
  total(
    targets: readonly (TensorLike | null)[],
    outputs: Outputs,
    sampleWeights: readonly (TensorLike | null)[],
  ): Tensor | undefined {
    this.#perOutput ??= this.#resolve(targets, outputs);
    let total: Tensor | undefined;
    this.#perOutput.forEach((entry, i) => {
      if (entry === null) return;
      const target = targets[i];
      const prediction = outputs.tensors[i]!;
      if (target == null) {
        throw new ValueError(
          `There is a loss for the output '${outputs.names[i]}', but no target: pass y, or set its loss to null.`,
        );
      }
      const value = nameScope(entry.tracker ? outputs.names[i]! : '', () =>
        entry.loss.apply(target, prediction, sampleWeights[i] ?? undefined),
      );
      entry.tracker?.updateState(value, prediction.shape[0] ?? 1);
      const weighted = entry.weight === 1 ? value : value.mul(entry.weight);
      total = total ? total.add(weighted) : weighted;
    });
    return total;
  }

  #resolve(targets: readonly (TensorLike | null)[], { names, tensors }: Outputs): (OutputLoss | null)[] {
    const specs = perOutput(this.#spec, names, isLossIdentifier, 'loss');
    const weights = perOutput<number>(
      this.#weights,
      names,
      (value) => typeof value === 'number',
      'lossWeights',
    );
    const several = specs.filter((spec) => spec !== null).length > 1;
    return specs.map((spec, i) => {
      if (spec === null) return null;
      return {
        loss: resolveLoss(spec, targets[i] ?? null, tensors[i]!),
        weight: weights[i] ?? 1,
        tracker: several ? new Mean({ name: `${names[i]}_loss` }) : undefined,
      };
    });
  }
}

function isLossIdentifier(value: unknown): value is LossIdentifier {
  if (typeof value === 'string' || typeof value === 'function' || value instanceof Loss) return true;
  return typeof value === 'object' && value !== null && 'class_name' in value;
}

/** How targets and predictions fit together, by their shapes: what 'accuracy' and 'crossentropy' stand for. */
export type TargetKind = 'binary' | 'sparse' | 'categorical';

export function targetKind(target: TensorLike, prediction: Tensor): TargetKind {
  const shape = shapeOf(target);
  const classes = prediction.shape[prediction.rank - 1] ?? 1;
  if (classes === 1) return 'binary';
  return shape.length < prediction.rank || shape[shape.length - 1] === 1 ? 'sparse' : 'categorical';
}

function shapeOf(value: TensorLike): readonly number[] {
  return typeof value === 'object' && 'shape' in value ? (value.shape as readonly number[]) : [];
}

const CROSSENTROPIES: Record<TargetKind, LossFunction> = {
  binary: binaryCrossentropy,
  sparse: sparseCategoricalCrossentropy,
  categorical: categoricalCrossentropy,
};

function resolveLoss(spec: LossIdentifier, target: TensorLike | null, prediction: Tensor): Loss {
  if (spec === 'crossentropy' || spec === 'ce') {
    return new LossFunctionWrapper(
      CROSSENTROPIES[target === null ? 'categorical' : targetKind(target, prediction)],
      { name: spec },
    );
  }
  const resolved = getLoss(spec);
  if (resolved instanceof Loss) return resolved;
  return new LossFunctionWrapper(resolved, typeof spec === 'string' ? { name: spec } : {});
}

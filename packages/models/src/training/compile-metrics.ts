import {
  BinaryAccuracy,
  CategoricalAccuracy,
  getMetric,
  MeanMetricWrapper,
  Metric,
  type MetricIdentifier,
  PairMetric,
  SparseCategoricalAccuracy,
} from '@ibex/metrics';
import { type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { type TargetKind, targetKind } from './compile-loss.js';
import { type Outputs, perOutput } from './outputs.js';

/** Metrics of a single output; or of each output, in order or by name. */
export type MetricsSpec =
  | readonly (MetricIdentifier | readonly MetricIdentifier[] | null)[]
  | { readonly [name: string]: MetricIdentifier | readonly MetricIdentifier[] | null };

interface NamedMetric {
  /** What it is called in logs. */
  readonly key: string;
  readonly metric: PairMetric;
  readonly output: number;
  readonly weighted: boolean;
}

/** The metrics given to `compile`, resolved when the first batch shows what the outputs are. */
export class CompileMetrics {
  readonly #unweighted: MetricsSpec | undefined;
  readonly #weighted: MetricsSpec | undefined;
  #resolved: NamedMetric[] | undefined;

  constructor(unweighted: MetricsSpec | undefined, weighted: MetricsSpec | undefined) {
    this.#unweighted = unweighted;
    this.#weighted = weighted;
  }

  get metrics(): PairMetric[] {
    return (this.#resolved ?? []).map(({ metric }) => metric);
  }

  /** Whether the metric logged by a name is to go up or down; `undefined` where there is none. */
  directionOf(key: string): Metric['direction'] | undefined {
    return this.#resolved?.find((entry) => entry.key === key)?.metric.direction;
  }

  update(
    targets: readonly (TensorLike | null)[],
    outputs: Outputs,
    sampleWeights: readonly (TensorLike | null)[],
  ): void {
    this.#resolved ??= this.#resolve(targets, outputs);
    for (const { metric, output, weighted, key } of this.#resolved) {
      const target = targets[output];
      if (target == null)
        throw new ValueError(`The metric '${key}' needs a target for the output '${outputs.names[output]}'.`);
      const weight = weighted ? sampleWeights[output] : null;
      metric.updateState(target, outputs.tensors[output]!, weight ?? undefined);
    }
  }

  /** Each metric's value by its key. */
  result(): Record<string, Tensor> {
    return Object.fromEntries((this.#resolved ?? []).map(({ key, metric }) => [key, metric.result()]));
  }

  #resolve(targets: readonly (TensorLike | null)[], outputs: Outputs): NamedMetric[] {
    const found: NamedMetric[] = [];
    const taken = new Set<string>();
    const add = (spec: MetricsSpec | undefined, weighted: boolean, what: string): void => {
      assign(spec, outputs.names, what).forEach((identifiers, output) => {
        for (const identifier of identifiers) {
          const metric = resolveMetric(identifier, targets[output] ?? null, outputs.tensors[output]!);
          const name = typeof identifier === 'string' ? identifier : metric.name;
          const prefix = outputs.names.length > 1 ? `${outputs.names[output]}_` : '';
          const plain = `${prefix}${name}`;
          const key = uniqueKey(weighted && taken.has(plain) ? `${prefix}weighted_${name}` : plain, taken);
          found.push({ key, metric, output, weighted });
        }
      });
    };
    add(this.#unweighted, false, 'metrics');
    add(this.#weighted, true, 'weightedMetrics');
    return found;
  }
}

function uniqueKey(name: string, taken: Set<string>): string {
  let key = name;
  for (let i = 1; taken.has(key); i++) key = `${name}_${i}`;
  taken.add(key);
  return key;
}

/** The metrics of each output. A flat list belongs to the only output; with several outputs there is one entry each. */
function assign(spec: MetricsSpec | undefined, names: readonly string[], what: string): MetricIdentifier[][] {
  if (spec === undefined) return names.map(() => []);
  type Entry = MetricIdentifier | readonly MetricIdentifier[];
  const toList = (entry: Entry | null): MetricIdentifier[] =>
    entry === null ? [] : Array.isArray(entry) ? [...entry] : [entry as MetricIdentifier];
  if (names.length === 1 && Array.isArray(spec))
    return [spec.flatMap((entry) => toList(entry as Entry | null))];
  if (names.length === 1 && !Array.isArray(spec) && Object.keys(spec).length === 1) {
    return [toList(Object.values(spec as Record<string, Entry | null>)[0] ?? null)];
  }
  return perOutput<Entry>(spec, names, (_value): _value is Entry => false, what).map(toList);
}

const ACCURACIES: Record<TargetKind, new (options: { name: string }) => PairMetric> = {
  binary: BinaryAccuracy,
  sparse: SparseCategoricalAccuracy,
  categorical: CategoricalAccuracy,
};

function resolveMetric(
  identifier: MetricIdentifier,
  target: TensorLike | null,
  prediction: Tensor,
): PairMetric {
  if (identifier === 'accuracy' || identifier === 'acc') {
    return new ACCURACIES[target === null ? 'categorical' : targetKind(target, prediction)]({
      name: identifier,
    });
  }
  const resolved = getMetric(identifier);
  if (resolved instanceof PairMetric) return resolved;
  if (resolved instanceof Metric) {
    throw new ValueError(
      `The metric '${resolved.name}' does not compare targets with predictions, so compile can't update it; use addMetric in the model.`,
    );
  }
  return new MeanMetricWrapper(resolved, typeof identifier === 'string' ? { name: identifier } : {});
}

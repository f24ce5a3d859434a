import type { Layer } from '@ibex/layers';
import type { Optimizer } from '@ibex/optimizers';
import type { Tensor } from '@ibex/tensor';

/** What callbacks see of the model that is being trained. */
export interface Trainable extends Layer {
  /** Set it to end training after the current epoch. */
  stopTraining: boolean;
  /** Set it in `onTrainBegin` to begin with a later epoch than the first. */
  startEpoch: number | null;
  readonly optimizer: Optimizer | null;
  getWeights(): Tensor[];
  save(path: string): Promise<void>;
  saveWeights(path: string): Promise<void>;
  loadWeights(path: string): Promise<void>;
  /** Whether the metric logged by a name is to go up or down; `undefined` for names of no metric. */
  metricDirection(name: string): 'up' | 'down' | undefined;
}

import { formatShape, ops, ShapeError, type SymbolicShape, type Tensor } from '@ibex/tensor';
import type { Layer } from '../core/layer.js';
import type { LayerOptions } from '../core/layer-options.js';
import { layersWithin } from '../core/layer-state.js';
import type { CallOptions } from '../core/types.js';
import { Wrapper } from '../core/wrapper.js';
import { BatchNormalization } from '../normalization/batch-normalization.js';

/** Applies a layer to every step of `[batch, steps, …]`. After `keras.layers.TimeDistributed`. */
export class TimeDistributed extends Wrapper {
  constructor(layer: Layer, options: LayerOptions = {}) {
    super(layer, options);
    this.supportsMasking = true;
  }

  override build(inputShape: SymbolicShape): void {
    if (inputShape.length < 3) {
      throw new ShapeError(
        `Layer '${this.name}' takes [batch, steps, …], got shape ${formatShape(inputShape)}.`,
      );
    }
    super.build(withoutSteps(inputShape));
  }

  override call(x: Tensor, { training, mask }: CallOptions): Tensor {
    const [batch = 1, steps = 1] = x.shape;
    // A mask of whole steps is passed on; one of entries within the steps is the layer's own matter.
    const inner = mask && mask.rank > 2 ? mask : null;
    if (this.#dependsOnBatch()) {
      const results = ops.unstack(x, steps, 1).map((step, i) => {
        const stepMask = inner && ops.index(inner, ':', i);
        return this.layer.invoke(step, { training, ...(stepMask && { mask: stepMask }) }) as Tensor;
      });
      return ops.stack(results, 1);
    }
    // Steps are as good as samples: one call on all of them is faster than one for each.
    const flat = (t: Tensor): Tensor => ops.reshape(t, [batch * steps, ...t.shape.slice(2)]);
    const y = this.layer.invoke(flat(x), { training, ...(inner && { mask: flat(inner) }) }) as Tensor;
    return ops.reshape(y, [batch, steps, ...y.shape.slice(1)]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const inner = this.layer.computeOutputShape(withoutSteps(inputShape) as never) as SymbolicShape;
    return [inner[0] ?? null, inputShape[1] ?? null, ...inner.slice(1)];
  }

  /** Whether the layer computes something over its batch, which steps then are no part of. */
  #dependsOnBatch(): boolean {
    return [this.layer, ...layersWithin(this.layer)].some((layer) => layer instanceof BatchNormalization);
  }
}

function withoutSteps(shape: SymbolicShape): SymbolicShape {
  return [shape[0] ?? null, ...shape.slice(2)];
}

import { type SymbolicShape, ValueError } from '@ibex/tensor';
import { Layer } from './layer.js';
import type { LayerOptions } from './layer-options.js';

/** The base of layers that do something with another layer. After `keras.layers.Wrapper`. */
export abstract class Wrapper extends Layer {
  static override readonly configArguments = ['layer'];

  readonly layer: Layer;

  constructor(layer: Layer, options: LayerOptions = {}) {
    super(options);
    if (!(layer instanceof Layer)) {
      throw new ValueError(
        `${new.target.name} takes a layer, got ${layer === null ? 'null' : typeof layer}.`,
      );
    }
    this.layer = layer;
  }

  override build(inputShape: SymbolicShape): void {
    if (!this.layer.built) this.layer.build(inputShape as never);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), layer: this.layer };
  }
}

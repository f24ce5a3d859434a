import { ValueError } from '@ibex/tensor';
import {
  type DeserializeOptions,
  deserializeObject,
  type SerializedObject,
  serializeObject,
} from '@ibex/tensor/config';
import { Layer } from './core/layer.js';

/** A layer in Keras's JSON. After `keras.layers.serialize`. */
export function serialize(layer: Layer): SerializedObject {
  return serializeObject(layer) as SerializedObject;
}

/**
 * The layer that Keras's JSON stands for. After `keras.layers.deserialize`.
 * @throws ValueError for an unknown class, or one that is no layer.
 */
export function deserialize(config: SerializedObject, options: DeserializeOptions = {}): Layer {
  const layer = deserializeObject(config, { module: 'keras.layers', ...options });
  if (layer instanceof Layer) return layer;
  throw new ValueError(`The configuration is that of '${config.class_name}', which is no layer.`);
}

import { Layer } from '@ibex/layers';
import { toSnakeCase, toSnakeKey, type Variable } from '@ibex/tensor';
import type { Model } from '../model.js';

/** The variables of one object in a saved file. */
export interface SavedObject {
  readonly path: string;
  readonly name: string;
  readonly variables: readonly Variable[];
}

/**
 * Everything of a model that files keep, by the path that Keras gives it: layers of a graph by their classes
 * (`layers/dense_1`), others by the attribute they lie in (`layers/bidirectional/forward_layer/cell`).
 */
export function walkSaved(model: Model): SavedObject[] {
  const found: SavedObject[] = [];
  const visited = new Set<Layer>();
  const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

  const visit = (layer: Layer, path: string): void => {
    if (visited.has(layer)) return;
    visited.add(layer);
    found.push({ path, name: layer.name, variables: layer.ownVariables });
    if (hasGraph(layer)) visitAll(layer.layers, join(path, 'layers'));
    for (const [attribute, value] of Object.entries(layer)) {
      if (attribute === 'graphLayers' || attribute === 'stack') continue;
      visitValue(value, join(path, toSnakeKey(attribute)));
    }
  };
  const visitValue = (value: unknown, path: string): void => {
    if (value instanceof Layer) visit(value, path);
    else if (Array.isArray(value)) visitAll(value, path);
    else if (value instanceof Map) visitAll([...value.values()], path);
    else if (
      typeof value === 'object' &&
      value !== null &&
      Object.getPrototypeOf(value) === Object.prototype
    ) {
      visitAll(Object.values(value), path);
    }
  };
  const visitAll = (values: readonly unknown[], path: string): void => {
    const counts = new Map<string, number>();
    for (const value of values) {
      const isLayer = value instanceof Layer;
      if (!isLayer && !Array.isArray(value)) continue;
      const base = isLayer ? toSnakeCase(classNameOf(value)) : 'container';
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      visitValue(value, join(path, count === 0 ? base : `${base}_${count}`));
    }
  };

  visit(model, '');
  const { optimizer } = model;
  if (optimizer) found.push({ path: 'optimizer', name: optimizer.name, variables: optimizer.variables });
  return found;
}

function hasGraph(layer: Layer): layer is Model {
  return 'graph' in layer && layer.graph !== null;
}

/** What Keras calls the class: models of graphs are `Functional` there. */
function classNameOf(layer: Layer): string {
  const name = layer.constructor.name;
  return name === 'Model' ? 'Functional' : name;
}

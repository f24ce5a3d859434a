import { type DType, KerasTensor, ShapeError, ValueError } from '@ibex/tensor';
import { isPlainObject, isShape, mapShapes } from './call-arguments.js';

/** Symbolic tensors of the shapes that `computeOutputShape` gave. */
export function symbolicOutputs(shapes: unknown, dtype: DType, layerName: string): unknown {
  if (!Array.isArray(shapes) && !isPlainObject(shapes)) {
    throw new ValueError(
      `computeOutputShape() of layer '${layerName}' must return a shape, or shapes in an array or object, got ${String(shapes)}.`,
    );
  }
  return mapShapes(shapes, (shape) => new KerasTensor([...shape], dtype));
}

/** A tree of shapes as the one shape that a layer of a single input works on. Throws `ShapeError` where it is more. */
export function singleShape(shapes: unknown, layerName: string): readonly (number | null)[] {
  if (isShape(shapes)) return shapes;
  throw new ShapeError(
    `Layer '${layerName}' takes a single tensor, got the shapes ${JSON.stringify(shapes)}.`,
  );
}

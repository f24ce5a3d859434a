import { type DType, isFloat, toDType } from './dtype.js';
import { DTypeError, ValueError } from './errors.js';

export type ImageDataFormat = 'channels_last' | 'channels_first';

let defaultFloat: DType = 'float32';
let fuzz = 1e-7;
let dataFormat: ImageDataFormat = 'channels_last';

/** The float dtype that is used where none is given: `'float32'` unless set. After `keras.config.floatx`. */
export function floatx(): DType {
  return defaultFloat;
}

/** Throws `DTypeError` unless it is a float dtype. */
export function setFloatx(dtype: string): void {
  const checked = toDType(dtype);
  if (!isFloat(checked)) throw new DTypeError(`floatx must be a float dtype, got '${dtype}'.`);
  defaultFloat = checked;
}

/** The small number that keeps denominators and logarithms away from 0: 1e-7 unless set. */
export function epsilon(): number {
  return fuzz;
}

export function setEpsilon(value: number): void {
  if (!(value >= 0)) throw new ValueError(`epsilon must be a number of at least 0, got ${value}.`);
  fuzz = value;
}

/** Where images have their channels unless a layer says otherwise. */
export function imageDataFormat(): ImageDataFormat {
  return dataFormat;
}

export function setImageDataFormat(format: ImageDataFormat): void {
  if (format !== 'channels_last' && format !== 'channels_first') {
    throw new ValueError(
      `The image data format is 'channels_last' or 'channels_first', got '${String(format)}'.`,
    );
  }
  dataFormat = format;
}

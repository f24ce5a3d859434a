import { deserializeObject, type Serializable, sharingScope, ValueError } from '@ibex/tensor';
import { Model } from '../model.js';
import { decodeArchive } from './archive.js';
import { FileFormatError } from './errors.js';
import { restoreWeights } from './files.js';
import { decodeWeights } from './h5.js';
import { readWholeFile } from './whole-files.js';

export interface LoadModelOptions {
  /** Own classes and functions by the names that the file gives them. */
  readonly customObjects?: Readonly<Record<string, Serializable>>;
  /** Whether the model is compiled as it was when it was saved. Default true. */
  readonly compile?: boolean;
}

/**
 * A model from a `.keras` file, of Ibex or of Keras 3. Throws `FileFormatError` for files that are foreign, damaged or cut
 * off, `FileAccessError` for those that can't be read, and `ValueError` for classes that are not known.
 */
export async function loadModel(
  path: string,
  { customObjects, compile = true }: LoadModelOptions = {},
): Promise<Model> {
  const archive = await decodeArchive(await readWholeFile(path), path);
  const { config } = archive;
  if (typeof config !== 'object' || config === null || !('class_name' in config)) {
    throw new FileFormatError(`${path}:config.json does not describe a model.`);
  }
  const json = compile ? config : { ...config, compile_config: null };
  const store = await decodeWeights(archive.weights, `${path}:model.weights.h5`);
  const model = sharingScope(() => deserializeObject(json, { ...(customObjects && { customObjects }) }));
  if (!(model instanceof Model))
    throw new ValueError(`${path} holds an object of class '${String(config.class_name)}', not a model.`);
  if (!model.built) {
    throw new FileFormatError(
      `${path} does not say what the model '${model.name}' was built for, so its weights can't be made.`,
    );
  }
  restoreWeights(model, store, path);
  return model;
}

import { extname } from 'node:path';
import {
  formatShape,
  NotBuiltError,
  sameShape,
  serializeObject,
  sharingScope,
  type TypedArray,
  tensor,
  ValueError,
  type Variable,
} from '@ibex/tensor';
import type { Model } from '../model.js';
import { decodeArchive, encodeArchive } from './archive.js';
import { FileFormatError } from './errors.js';
import { decodeWeights, encodeWeights } from './h5.js';
import { walkSaved } from './walk.js';
import type { StoredArray, StoredObject, WeightStore } from './weight-store.js';
import { readWholeFile, writeFileAtomic } from './whole-files.js';

/** The version of Keras whose files ours are like. */
const KERAS_VERSION = '3.15.1';

export interface LoadWeightsOptions {
  /** Leave out layers whose saved weights do not fit, instead of throwing. Default false. */
  readonly skipMismatch?: boolean;
}

/** Writes a `.keras` file. Throws `NotBuiltError` for a model without weights, `ValueError` for another ending. */
export async function saveModelFile(model: Model, path: string): Promise<void> {
  if (extname(path) !== '.keras')
    throw new ValueError(
      `save: the file must end in .keras, got '${path}'. For weights alone there is saveWeights.`,
    );
  requireBuilt(model, 'save');
  const config = sharingScope(() => serializeObject(model));
  const metadata = { keras_version: KERAS_VERSION, date_saved: timestamp(new Date()) };
  const weights = await encodeWeights(await storeOf(model));
  await writeFileAtomic(path, await encodeArchive({ config, metadata, weights }));
}

export async function saveWeightsFile(model: Model, path: string): Promise<void> {
  if (!path.endsWith('.weights.h5'))
    throw new ValueError(`saveWeights: the file must end in .weights.h5, got '${path}'.`);
  requireBuilt(model, 'saveWeights');
  await writeFileAtomic(path, await encodeWeights(await storeOf(model)));
}

export async function loadWeightsFile(
  model: Model,
  path: string,
  options: LoadWeightsOptions,
): Promise<void> {
  requireBuilt(model, 'loadWeights');
  const bytes = await readWholeFile(path);
  const weights = extname(path) === '.keras' ? (await decodeArchive(bytes, path)).weights : bytes;
  restoreWeights(model, await decodeWeights(weights, path), path, options);
}

function requireBuilt(model: Model, what: string): void {
  if (!model.built) {
    throw new NotBuiltError(
      `${what}: the model '${model.name}' has no weights yet. Call it on data, or build it: model.build(inputShape).`,
    );
  }
}

function timestamp(date: Date): string {
  const pad = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}@${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

async function storeOf(model: Model): Promise<WeightStore> {
  const store = new Map<string, StoredObject>();
  for (const { path, name, variables } of walkSaved(model)) {
    const arrays = await Promise.all(
      variables.map(async (variable) => ({
        values: await variable.data(),
        shape: variable.shape,
        dtype: variable.dtype,
      })),
    );
    store.set(path, { name, arrays });
  }
  return store;
}

/** Sets a model's variables from a store. All is checked before anything is set. */
export function restoreWeights(
  model: Model,
  store: WeightStore,
  source: string,
  { skipMismatch = false }: LoadWeightsOptions = {},
): void {
  const assignments: [Variable, StoredArray][] = [];
  const problems: string[] = [];
  for (const { path, name, variables } of walkSaved(model)) {
    if (path === 'optimizer') {
      restoreOptimizer(model, store);
      continue;
    }
    const problem = matchObject(variables, store.get(path), path);
    if (problem) problems.push(`'${name}' (${path || 'the model itself'}): ${problem}`);
    else variables.forEach((variable, i) => assignments.push([variable, store.get(path)!.arrays[i]!]));
  }
  if (problems.length > 0 && !skipMismatch) {
    const shown = problems.slice(0, 5).join('\n  ');
    const more = problems.length > 5 ? `\n  … and ${problems.length - 5} more` : '';
    throw new FileFormatError(
      `The weights of ${source} do not fit the model '${model.name}':\n  ${shown}${more}`,
    );
  }
  for (const problem of skipMismatch ? problems : [])
    process.emitWarning(`Not loaded from ${source}: ${problem}`, { code: 'IBEX_WEIGHTS_SKIPPED' });
  for (const [variable, stored] of assignments) assignStored(variable, stored);
}

function matchObject(
  variables: readonly Variable[],
  stored: StoredObject | undefined,
  path: string,
): string | undefined {
  if (variables.length === 0) return undefined;
  if (!stored) return `the file holds nothing at ${path}`;
  if (stored.arrays.length !== variables.length)
    return `${variables.length} weights are expected, the file holds ${stored.arrays.length}`;
  const odd = variables.findIndex((variable, i) => !sameShape(variable.shape, stored.arrays[i]!.shape));
  if (odd < 0) return undefined;
  return `'${variables[odd]!.name}' has shape ${formatShape(variables[odd]!.shape)}, the file's has ${formatShape(stored.arrays[odd]!.shape)}`;
}

/** Training state is restored where it fits; a file without it is one of weights alone. */
function restoreOptimizer(model: Model, store: WeightStore): void {
  const stored = store.get('optimizer');
  const { optimizer } = model;
  if (!stored || !optimizer) return;
  if (stored.arrays.length > optimizer.variables.length) optimizer.build(model.trainableVariables);
  const { variables } = optimizer;
  if (matchObject(variables, stored, 'optimizer') !== undefined) {
    process.emitWarning(
      `The state of the optimizer '${optimizer.name}' was not loaded: the file's has other variables.`,
      { code: 'IBEX_WEIGHTS_SKIPPED' },
    );
    return;
  }
  variables.forEach((variable, i) => assignStored(variable, stored.arrays[i]!));
}

function assignStored(variable: Variable, { values, shape, dtype }: StoredArray): void {
  variable.assign(tensor(values as TypedArray, { shape, dtype }));
}

import { promisify } from 'node:util';
import type { Unzipped, Zippable } from 'fflate';
import { FileFormatError } from './errors.js';

// Loaded when a file is read or written: most programs start without.
const zipLibrary = (): Promise<typeof import('fflate')> => import('fflate');

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';

/** The parts of a `.keras` file. */
export interface KerasArchive {
  readonly config: unknown;
  readonly metadata: unknown;
  readonly weights: Uint8Array;
}

/** The bytes of a `.keras` file: an uncompressed zip of configuration, metadata and weights. */
export async function encodeArchive({ config, metadata, weights }: KerasArchive): Promise<Uint8Array> {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const entries: Zippable = { [METADATA]: text(metadata), [CONFIG]: text(config), [WEIGHTS]: weights };
  const { zip } = await zipLibrary();
  return promisify<Zippable, { level: 0 }, Uint8Array>(zip)(entries, { level: 0 });
}

/** Takes a `.keras` file apart. Throws `FileFormatError` when it is not a zip, is cut off, or lacks a part. */
export async function decodeArchive(bytes: Uint8Array, source: string): Promise<KerasArchive> {
  const { unzip } = await zipLibrary();
  let entries: Unzipped;
  try {
    entries = await promisify<Uint8Array, Unzipped>(unzip)(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileFormatError(
      `${source} is not a .keras file, or is damaged: it can't be read as a zip archive (${reason}).`,
    );
  }
  const part = (name: string): Uint8Array => {
    const entry = entries[name];
    if (entry === undefined)
      throw new FileFormatError(`${source} is not a .keras file: it holds no ${name}.`);
    return entry;
  };
  return {
    config: parseJson(part(CONFIG), `${source}:${CONFIG}`),
    metadata: parseJson(part(METADATA), `${source}:${METADATA}`),
    weights: part(WEIGHTS),
  };
}

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FileFormatError(
      `${where} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileAccessError } from './errors.js';

/** A file as it is being written, of which a killed process leaves one behind. */
const temporaryName = (name: string): string => `${name}.${randomBytes(6).toString('hex')}.tmp`;
const isTemporaryOf = (name: string, entry: string): boolean =>
  entry.startsWith(`${name}.`) && /^[0-9a-f]{12}\.tmp$/.test(entry.slice(name.length + 1));

/** Files that have not been written to for as long are left over. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Writes a file whole or not at all: into a neighbour of another name, which takes the file's place when it is safely on
 * the disk. A full disk or a killed process leaves the old file as it was; what killed processes left of the same file an
 * hour ago or longer is removed. Throws `FileAccessError`.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName(basename(path)));
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new FileAccessError('written', path, error);
  }
  // The file is written, whatever becomes of what others left.
  await removeAbandoned(folder, basename(path)).catch(() => undefined);
}

async function removeAbandoned(folder: string, name: string): Promise<void> {
  const before = Date.now() - ABANDONED_AFTER_MS;
  for (const entry of await readdir(folder)) {
    if (!isTemporaryOf(name, entry)) continue;
    const path = join(folder, entry);
    // Another process may have been quicker.
    const info = await stat(path).catch(() => null);
    if (info !== null && info.mtimeMs < before) await rm(path, { force: true });
  }
}

/** The bytes of a file. Throws `FileAccessError`. */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}

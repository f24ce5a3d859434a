import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addon } from './addon.js';
import { readBinaryTarget } from './binary.js';

/** The addon can't be used: `IBEX_ADDON_MISSING`, or `IBEX_ADDON_INCOMPATIBLE` (of another platform, damaged). */
export class AddonError extends Error {
  readonly code: 'IBEX_ADDON_MISSING' | 'IBEX_ADDON_INCOMPATIBLE';

  constructor(code: AddonError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AddonError';
    this.code = code;
  }
}

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Where the addon is looked for, in order. */
function candidates(): string[] {
  const given = process.env['IBEX_ADDON_PATH'];
  if (given !== undefined && given !== '') return [given];
  return [
    join(packageFolder, 'build', 'Release', 'ibex.node'),
    join(packageFolder, 'build', 'Debug', 'ibex.node'),
    join(packageFolder, 'prebuilds', `${process.platform}-${process.arch}`, 'ibex.node'),
  ];
}

let loaded: Addon | undefined;
let loadedFrom = '';

/** The path of the addon that is loaded, or empty. */
export function addonPath(): string {
  return loadedFrom;
}

/**
 * The native core, loaded on the first call: from `IBEX_ADDON_PATH`, from a build beside this package, or prebuilt.
 * Throws {@link AddonError} where there is none, or where it can't be loaded here.
 */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const paths = candidates();
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new AddonError(
      'IBEX_ADDON_MISSING',
      `Ibex's native addon was not found. Looked at:\n${paths.map((candidate) => `  ${candidate}`).join('\n')}\nIn a clone of the repository, build it with "npm run build"; set IBEX_ADDON_PATH to use one that lies elsewhere.`,
    );
  }
  if (readBinaryTarget(path)?.truncated) throw explain(path, new Error('the file is cut off'));
  try {
    loaded = createRequire(import.meta.url)(path) as Addon;
    loadedFrom = path;
  } catch (error) {
    throw explain(path, error);
  }
  return loaded;
}

function explain(path: string, error: unknown): AddonError {
  const here = `${process.platform}-${process.arch}`;
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  const target = readBinaryTarget(path);
  if (target === undefined) {
    return new AddonError(
      'IBEX_ADDON_INCOMPATIBLE',
      `${path} is no native addon, or is damaged (${reason}). Build it again with "npm run build".`,
      error,
    );
  }
  const built = `${target.platform}-${target.arch}`;
  if (target.platform !== process.platform || (target.arch !== 'unknown' && target.arch !== process.arch)) {
    return new AddonError(
      'IBEX_ADDON_INCOMPATIBLE',
      `${path} was built for ${built}, but this is ${here}. Build it here with "npm run build".`,
      error,
    );
  }
  return new AddonError(
    'IBEX_ADDON_INCOMPATIBLE',
    `${path} was built for ${built}, as this is, but can't be loaded: ${reason}. Is a library missing? Build it again with "npm run build".`,
    error,
  );
}

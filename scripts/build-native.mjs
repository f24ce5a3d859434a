// Builds the addon with cmake-js and puts it where @ibex/native looks for it, packages/native/build/<type>/ibex.node.
// Usage: node scripts/build-native.mjs [--debug] [--sanitize] [--force]
import { copyFileSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, hashOf, isDone, main, markDone, root, run, withLock } from './lib.mjs';

/**
 * @param {{ type?: 'Release' | 'Debug', sanitize?: boolean, force?: boolean }} [options]
 * @returns {Promise<string>} the addon's path
 */
export async function buildNative({ type = 'Release', sanitize = false, force = false } = {}) {
  const flavour = sanitize ? 'Sanitize' : type;
  const target = join(root, 'packages', 'native', 'build', flavour, 'ibex.node');
  await withLock('native', () => {
    const hash = hashOf(['native'], `${process.arch} ${process.version} ${flavour}`);
    const name = `native-${flavour}`;
    if (!force && isDone(name, hash)) return;
    const out = join(root, 'build', `addon-${flavour}`);
    const generator = ask('ninja', ['--version']).ok ? ['-G', 'Ninja'] : [];
    const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
    run(process.execPath, [
      cmakeJs,
      'build',
      '--directory',
      join(root, 'native'),
      '--out',
      out,
      '--config',
      sanitize ? 'RelWithDebInfo' : type,
      ...generator,
      '--parallel',
      String(availableParallelism()),
      `--CDIBEX_SANITIZE=${sanitize ? 'ON' : 'OFF'}`,
    ]);
    mkdirSync(join(target, '..'), { recursive: true });
    copyFileSync(join(out, ...(generator.length > 0 ? [] : []), 'ibex.node'), target);
    markDone(name, hash);
  });
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const path = await buildNative({
      type: process.argv.includes('--debug') ? 'Debug' : 'Release',
      sanitize: process.argv.includes('--sanitize'),
      force: process.argv.includes('--force'),
    });
    console.log(path);
  });
}

// Puts the addon and the libraries that it needs into packages/native/prebuilds/<platform>-<arch>, to be packed: who
// installs the package needs neither a compiler nor oneDNN. Run by packing @ibex/native.
import { copyFileSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { ask, CommandError, main, root } from './lib.mjs';

/** What is not on every system; all else comes with glibc or with Node. */
const TRAVELS = /^lib(dnnl|gomp|OpenCL)\.so/;

/** @returns {Promise<string>} the folder */
export async function prebuild() {
  const { addon } = await buildNative();
  const target = join(root, 'packages', 'native', 'prebuilds', `${process.platform}-${process.arch}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  copyFileSync(addon, join(target, 'ibex.node'));
  if (process.platform !== 'linux') return target;
  const { ok, output } = ask('ldd', [addon]);
  if (!ok) throw new CommandError(`ldd can't read ${addon}:\n${output}`);
  for (const [, name, path] of output.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
    if (name && path && TRAVELS.test(name)) copyFileSync(realpathSync(path), join(target, basename(name)));
  }
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await prebuild();
  });
}

// Builds the CUDA backend, and puts it beside the addon: packages/native/build/Release/libibex_cuda.so. It needs a C++ compiler
// and nothing of NVIDIA's: that is opened at run time, which `ibex doctor` then tells about.
// Usage: pnpm build:cuda [--force]
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative, CUDA_PLUGIN } from './build-native.mjs';
import { ask, main, root } from './lib.mjs';
import { setUp } from './setup.mjs';

/** @returns {Promise<string>} the path of the backend */
export async function buildCuda({ force = false } = {}) {
  await setUp();
  const { addon } = await buildNative({ cuda: true, force });
  return join(dirname(addon), CUDA_PLUGIN);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    console.log(await buildCuda({ force: process.argv.includes('--force') }));
    console.log(
      `\n${ask(process.execPath, [join(root, 'packages/ibex/dist/cli.js'), 'doctor']).output.trimEnd()}`,
    );
  });
}

// Runs the unit tests with cuda:0 as their device, on a mock of NVIDIA's libraries that comes with the native tests: it shows
// that the CUDA backend's host code and the logic of its kernels are right, without a GPU. Kernels are compiled for the host
// when they are first met, which takes a tenth of a second each.
// Usage: npm run test:cuda [-- FILTER ...], with parts of the names of test files; all of them otherwise.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative, CUDA_PLUGIN } from './build-native.mjs';
import { main, root, run } from './lib.mjs';
import { setUp } from './setup.mjs';

/**
 * The environment of a process that shall take the mock for a GPU.
 * @param {string} testProgram the path of the native tests' program
 * @param {{ libraries?: boolean }} [options] whether there are cuBLASLt and cuDNN too (mocks of them); else the backend's own
 *   kernels multiply and convolve. Default false.
 */
export function mockCudaEnvironment(testProgram, { libraries = false } = {}) {
  const folder = dirname(testProgram);
  const mocks = libraries ? ['mock-cuda', 'mock-cublaslt', 'mock-cudnn'] : ['mock-cuda'];
  return {
    IBEX_PLUGINS: join(folder, CUDA_PLUGIN),
    IBEX_CUDA_LIBRARIES: mocks.map((mock) => join(folder, mock)).join(':'),
    IBEX_CUDA_CACHE: 'off',
    IBEX_DEVICE: 'cuda:0',
  };
}

/** Those of `npm test`: every op, its gradient, the layers, and training. The others are left to `npm run test:cuda`. */
export const MOCKED_TESTS = ['packages/tensor/src/ops/', 'packages/layers/', 'packages/models/src/training/'];

/** Those that run on cuBLASLt and cuDNN too: models with products and convolutions in float32 and in 16 bits. */
export const LIBRARY_TESTS = [
  'packages/models/src/training/mixed-precision',
  'packages/models/src/training/determinism',
  'packages/layers/src/convolutional',
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp({ tests: true });
    const { tests } = await buildNative({ tests: true });
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = ['run', '--project', 'unit', '--testTimeout=60000', ...process.argv.slice(2)];
    run(process.execPath, [vitest, ...args], { env: mockCudaEnvironment(tests) });
  });
}

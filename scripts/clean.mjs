// Removes what was built; --all also removes what was installed into the repository.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, stateFolder } from './lib.mjs';

const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
const folders = ['.', ...packages, 'examples', 'benchmarks', 'tests', 'docs'];
const all = process.argv.includes('--all');
for (const folder of folders) {
  for (const name of ['dist', 'build', 'prebuilds', '.turbo', ...(all ? ['node_modules'] : [])]) {
    rmSync(join(root, folder, name), { recursive: true, force: true });
  }
}
if (!all) {
  // The notes on what is built go too; what was installed stays.
  for (const name of [
    'typescript',
    ...['Release', 'Debug', 'Sanitize'].flatMap((f) => [`addon-${f}`, `cuda-${f}`, `native-tests-${f}`]),
  ]) {
    rmSync(join(stateFolder, name), { force: true });
  }
}

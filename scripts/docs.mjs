// Generates the reference of the packages into docs/dist. Usage: npm run docs
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { main, root, run } from './lib.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  await setUp();
  const folder = join(root, 'docs');
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc')], { cwd: folder });
});

// Checks the types of everything: tests and tools against the packages' sources; examples and benchmarks against the
// built declarations, as users see them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tsc } from './build-ts.mjs';
import { listFiles, root } from './lib.mjs';

const projects = ['tsconfig.json', 'tsconfig.test.json', 'tsconfig.scripts.json'];
for (const name of ['examples', 'benchmarks']) {
  if (readdirSync(join(root, name)).length > 0 && listFiles([name]).some((file) => file.endsWith('.ts')))
    projects.push(name);
}
for (const project of projects) {
  const args = project === 'tsconfig.json' ? ['-b'] : ['-p', project, '--noEmit'];
  const { status } = spawnSync(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

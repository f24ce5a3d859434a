// Sets up what is missing and runs one of the examples. Usage: node scripts/example.mjs NAME [arguments]
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, main, root } from './lib.mjs';
import { runProgram } from './run.mjs';

/** Where an example may lie, by its name. */
const forms = (/** @type {string} */ name) => [`${name}/main.ts`, `${name}/index.ts`, `${name}.ts`];

function names() {
  return readdirSync(join(root, 'examples'))
    .map((entry) => entry.replace(/\.ts$/, ''))
    .filter((name) => forms(name).some((form) => existsSync(join(root, 'examples', form))));
}

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  const form = name && forms(name).find((candidate) => existsSync(join(root, 'examples', candidate)));
  if (!form) {
    throw new CommandError(
      `Usage: npm run example NAME\nThe examples:\n${names()
        .map((each) => `  ${each}`)
        .join('\n')}`,
    );
  }
  process.exitCode = await runProgram(`examples/${form}`, args);
});

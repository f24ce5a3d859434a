import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from './runtime.js';

let count = 0;

/**
 * Shows what the compiler made of a program, stage by stage: `IBEX_DUMP=1` prints it to standard error, any other value
 * is a folder to write one file a program to.
 */
export function inspectProgram(name: string, handle: number, target: string): void {
  const stages = native((core) => core.programDump(handle));
  const text = stages.map(({ stage, text }) => `--- ${name}: ${stage}\n${text}\n`).join('');
  if (target === '1') {
    process.stderr.write(text);
    return;
  }
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, `${String(count++).padStart(4, '0')}-${name.replace(/\W+/g, '_')}.txt`), text);
}

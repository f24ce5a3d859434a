// Measures Ibex side by side with other frameworks. See README.md for what is measured, harness/options.ts for the arguments.
import { writeFileSync } from 'node:fs';
import { type Comparison, compare } from './harness/compare.js';
import { type Options, readOptions, USAGE } from './harness/options.js';
import { whyMissing } from './harness/peers.js';
import { HEADING, machineLine, rowsOf, tableOf, versionsLine } from './harness/report.js';

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}

console.log(machineLine(options.threads));
const peers: string[] = [];
for (const name of options.peers) {
  const reason = await whyMissing(name);
  if (reason === undefined) peers.push(name);
  else console.log(`${name} is missing: ${reason}`);
}
console.log(`\n${HEADING}`);
const comparisons: Comparison[] = [];
for (const workload of options.workloads) {
  const comparison = await compare(workload, peers, options);
  comparisons.push(comparison);
  console.log(tableOf(comparison));
  // After each: a run that is ended early leaves what it has found.
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(comparisons.flatMap(rowsOf), null, 2)}\n`);
}
console.log(`\nVersions: ${versionsLine(comparisons)}`);
console.log(
  'ratio: the peer\'s time / ours; above 1 Ibex is faster. "by CPU": the same of CPU time, which a busy machine disturbs less.',
);

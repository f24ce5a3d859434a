// Measures Ibex side by side with other frameworks. See README.md for what is measured, harness/options.ts for the arguments.
import { compare, compareNumbers } from './harness/compare.js';
import { type Options, readOptions, USAGE } from './harness/options.js';
import { whyMissing } from './harness/peers.js';
import { HEADING, machineLine, rowsOf, tableOf, versionsOf } from './harness/report.js';
import { ResultsFile } from './harness/results-file.js';
import { profileOnce } from './harness/run.js';
import { sweep } from './harness/sweep.js';
import { sweepRows, sweepTable } from './harness/sweep-report.js';
import { kernelSweeps } from './kernels/index.js';

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}

/** What can't be measured is said, and fails the program at its end. */
async function orSayWhyNot(workload: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.log(`${workload} FAILED: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

console.log(machineLine(options.threads));
if (options.profile) {
  for (const workload of options.workloads) {
    console.log(`\n${workload}\n${await profileOnce({ ...options, workload })}`);
  }
  process.exit(0);
}
const peers: string[] = [];
for (const name of options.peers) {
  const reason = await whyMissing(name);
  if (reason === undefined) peers.push(name);
  else console.log(`${name} is missing: ${reason}`);
}
if (options.check) {
  for (const workload of options.workloads) {
    await orSayWhyNot(workload, async () => {
      const { agree, notes } = await compareNumbers(peers, { ...options, workload });
      console.log([`\n${workload}`, ...notes].join('\n  '));
      if (!agree) process.exitCode = 1;
    });
  }
  process.exit();
}
const results = new ResultsFile(options.json);
const isSweep = (workload: string): boolean => workload in kernelSweeps;
const [sweeps, steps] = [
  options.workloads.filter(isSweep),
  options.workloads.filter((name) => !isSweep(name)),
];

for (const workload of sweeps) {
  await orSayWhyNot(workload, async () => {
    const result = await sweep(workload, peers, options);
    console.log(`\n${sweepTable(result)}`);
    results.add(sweepRows(result), result.versions);
  });
}
if (steps.length > 0) console.log(`\n${HEADING}`);
for (const workload of steps) {
  await orSayWhyNot(workload, async () => {
    const comparison = await compare(workload, peers, options);
    console.log(tableOf(comparison));
    results.add(rowsOf(comparison), versionsOf(comparison));
  });
}
console.log(`\nVersions: ${results.versions.join(', ')}`);
console.log(
  'ratio: the peer\'s time / ours; above 1 Ibex is faster. "by CPU": the same of CPU time, which a busy machine disturbs less.',
);

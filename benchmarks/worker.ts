// One measurement of Ibex in a process of its own. Usage: node worker.js measure|check NAME SECONDS THREADS
import { readFileSync } from 'node:fs';
import { setNumThreads, setRandomSeed } from 'ibex';
import { checkedNumbers, measure } from './harness/measure.js';
import { kernels } from './kernels/index.js';
import { steps } from './steps/index.js';

const [mode, name = '', seconds = '1', threads = '2'] = process.argv.slice(2);
setNumThreads(Number(threads));
setRandomSeed(1);
const workload = await (steps[name]?.({ dropout: mode === 'measure' }) ?? kernels[name]?.());
if (workload === undefined) throw new Error(`There is no workload '${name}'.`);
if (mode === 'check') {
  console.log(JSON.stringify(await checkedNumbers(workload)));
} else {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL(import.meta.resolve('ibex/package.json')), 'utf8'),
  );
  console.log(
    JSON.stringify({ ...(await measure(workload, Number(seconds))), version: `ibex ${manifest.version}` }),
  );
}

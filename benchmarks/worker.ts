// One measurement of Ibex in a process of its own. Usage: node worker.js measure|check|sweep NAME SECONDS THREADS
import { readFileSync } from 'node:fs';
import { setDtypePolicy, setNumThreads, setRandomSeed } from 'ibex';
import { checkedNumbers, measure, memoryUse } from './harness/measure.js';
import type { CheckedNumbers, SweepTimes } from './harness/types.js';
import { kernel, magnitude, repeatsOf } from './kernels/ibex.js';
import { isComparable, kernelSweeps } from './kernels/index.js';
import { isMixedBfloat16, makeWorkload } from './steps/index.js';

const [mode = '', name = '', seconds = '1', threads = '2'] = process.argv.slice(2);
setNumThreads(Number(threads));
setRandomSeed(1);
const manifest: { version: string } = JSON.parse(
  readFileSync(new URL(import.meta.resolve('ibex/package.json')), 'utf8'),
);
const version = `ibex ${manifest.version}`;

async function reply(): Promise<object> {
  if (mode === 'sweep') return sweep();
  if (mode === 'check' && name in kernelSweeps) return magnitudes();
  if (isMixedBfloat16(name)) setDtypePolicy('mixed_bfloat16');
  const workload = await makeWorkload(name, { dropout: mode === 'measure' });
  return mode === 'check'
    ? checkedNumbers(workload)
    : { ...(await measure(workload, Number(seconds))), version };
}

async function magnitudes(): Promise<CheckedNumbers> {
  const values: number[] = [];
  for (const spec of kernelSweeps[name]!) if (isComparable(spec)) values.push(await magnitude(spec));
  return { kind: 'magnitudes', values };
}

async function sweep(): Promise<SweepTimes> {
  const times: number[] = [];
  for (const spec of kernelSweeps[name]!)
    times.push((await measure(kernel(spec), Number(seconds))).ms / repeatsOf(spec));
  return { ms: times, ...memoryUse(), version };
}

console.log(JSON.stringify(await reply()));

// From the process's start to the first prediction of a small model: a program of its own, timed from outside.
import { Input, layers, ops, Sequential, type Tensor } from 'ibex';

const model = new Sequential([
  Input({ shape: [16] }),
  new layers.Dense(16, { activation: 'relu' }),
  new layers.Dense(4, { activation: 'softmax' }),
]);
const prediction = await model.predict<Tensor>(ops.ones([1, 16]), { verbose: 0 });
await prediction.data();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    ms: performance.now(),
    cpuMs: (user + system) / 1000,
    rssMb: process.resourceUsage().maxRSS / 1024,
    version: 'ibex',
  }),
);

import { ops, type Tensor } from 'ibex';
import type { Workload } from '../harness/types.js';

const LENGTH = 10_000;

/** 10,000 additions, each of the one before's result, on [32, 32], then the result is read: outside of any compiled function. */
export function eagerChain(): Workload {
  const one = ops.ones([32, 32]);
  return {
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        let x: Tensor = ops.zeros([32, 32]);
        for (let index = 0; index < LENGTH; index++) x = x.add(one);
        const [first] = await x.data();
        if (first !== LENGTH) throw new Error(`The chain gave ${first}, not ${LENGTH}.`);
      }
    },
  };
}

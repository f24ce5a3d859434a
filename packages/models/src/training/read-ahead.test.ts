import { Dense, Input } from '@ibex/layers';
import { type KerasTensor, memory, type Tensor, tensor, Variable } from '@ibex/tensor';
import { describe, expect, it } from 'vitest';
import { Callback } from '../callbacks/index.js';
import { Sequential } from '../sequential.js';

function linear(runEagerly = false): Sequential {
  const model = new Sequential([Input([3]) as KerasTensor, new Dense(1)]);
  model.compile({ optimizer: 'sgd', loss: 'mse', runEagerly });
  return model;
}

/** Batches of typed arrays that are written over for the next batch; notes which were made. */
function* batches(count: number, events: string[]): Generator<[Float32Array, Float32Array]> {
  const x = new Float32Array(6);
  const y = new Float32Array(2);
  for (let i = 0; i < count; i++) {
    events.push(`made ${i}`);
    x.fill(i);
    y.fill(3 * i);
    yield [x, y];
  }
}

class Notes extends Callback {
  readonly events: string[] = [];
  override onTrainBatchBegin(step: number): void {
    this.events.push(`begin ${step}`);
  }
  override onTrainBatchEnd(step: number): void {
    this.events.push(`end ${step}`);
  }
}

const shaped = (source: Iterable<[Float32Array, Float32Array]>) => ({
  *[Symbol.iterator]() {
    for (const [x, y] of source)
      yield [tensor(x, { shape: [2, 3] }), tensor(y, { shape: [2, 1] })] as [Tensor, Tensor];
  },
});

describe('fit on a source of batches', () => {
  it('makes the next batch before a step has ended, and none beyond the last', async () => {
    const notes = new Notes();
    const source = shaped(batches(3, notes.events));
    await linear().fit(source, null, { verbose: 0, callbacks: [notes] });
    expect(notes.events).toEqual([
      'made 0',
      'begin 0',
      'made 1',
      'end 0',
      'begin 1',
      'made 2',
      'end 1',
      'begin 2',
      'end 2',
    ]);
  });

  it('reads no more batches of an endless source than its steps', async () => {
    const events: string[] = [];
    const endless = shaped(batches(Infinity, events))[Symbol.iterator]();
    await linear().fit(endless, null, { verbose: 0, epochs: 3, stepsPerEpoch: 2 });
    expect(events).toHaveLength(6);
  });

  it('trains on each batch as it was when it was given, though its memory is written over', async () => {
    const losses = async (source: unknown, eagerly: boolean): Promise<readonly number[]> => {
      const model = linear(eagerly);
      model.setWeights([tensor([[1], [1], [1]]), tensor([0.5])]);
      const { history } = await model.fit(source as never, null, { verbose: 0, epochs: 2 });
      return history['loss']!;
    };
    const kept = [0, 1, 2, 3].map((i) => [
      tensor(new Float32Array(6).fill(i), { shape: [2, 3] }),
      tensor(new Float32Array(2).fill(3 * i), { shape: [2, 1] }),
    ]);
    const expected = await losses({ [Symbol.iterator]: () => kept.values() }, false);
    const reused = { [Symbol.iterator]: () => shaped(batches(4, []))[Symbol.iterator]() };
    expect(await losses(reused, false)).toEqual(expected);
    expect((await losses(reused, true))[0]).toBeCloseTo(expected[0]!, 5);
  });

  it('tells of an error in the source after the steps before it', async () => {
    const notes = new Notes();
    function* failing() {
      yield* shaped(batches(2, []));
      throw new Error('the file ends here');
    }
    const fit = linear().fit(failing(), null, { verbose: 0, callbacks: [notes] });
    await expect(fit).rejects.toThrow('the file ends here');
    expect(notes.events).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1']);
  });

  it('gives up the memory of the batches it made tensors of, and no other', async () => {
    const mine = [tensor([[1, 2, 3]]), new Variable([[1]])] as const;
    const model = linear();
    const numbers = Array.from({ length: 30_000 }, (_, i) => [i % 7, i % 5, i % 3]);
    function* source() {
      for (let i = 0; i < 40; i++) yield [numbers, numbers.map(([a]) => [a!])];
      yield mine;
    }
    await model.fit(source() as never, null, { verbose: 0 });
    expect(memory().bufferBytes).toBeLessThan(10 * 30_000 * 16);
    expect(mine[0].arraySync()).toEqual([[1, 2, 3]]);
    expect(mine[1].arraySync()).toEqual([[1]]);
  });
});

import { type KerasTensor, ops, ShapeError, type Tensor, tensor, ValueError } from '@ibex/tensor';
import { expectClose } from '@ibex/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  Bidirectional,
  Dense,
  GRU,
  Input,
  Layer,
  LSTM,
  LSTMCell,
  RNN,
  SimpleRNN,
  TimeDistributed,
} from '../index.js';

const sequence = (batch: number, steps: number, features: number): Tensor =>
  ops.sin(
    ops.reshape(ops.arange(batch * steps * features, null, null, { dtype: 'float32' }), [
      batch,
      steps,
      features,
    ]),
  );

describe('a stateful layer', () => {
  it('goes on where the batch before ended, until it is reset', () => {
    const layer = new GRU(2, { stateful: true, kernelInitializer: 'ones', recurrentInitializer: 'ones' });
    const whole = new GRU(2, { kernelInitializer: 'ones', recurrentInitializer: 'ones' });
    const x = sequence(3, 4, 2);
    const first = layer(ops.slice(x, [0, 0, 0], [3, 2, 2]));
    const second = layer(ops.slice(x, [0, 2, 0], [3, 2, 2]));
    expectClose(second, whole(x));
    layer.resetState();
    expectClose(layer(ops.slice(x, [0, 0, 0], [3, 2, 2])), first);
    expect(layer.weights).toHaveLength(3);
  });

  it('needs batches of one size, which is known', () => {
    const layer = new LSTM(2, { stateful: true, name: 'memory' });
    expect(() => layer(Input([4, 2]))).toThrow(/'memory' is stateful: the size of its batches must be known/);
    layer(sequence(3, 4, 2));
    expect(() => layer(sequence(2, 4, 2))).toThrow(/with batches of 3, but got one of 2/);
    expect(new SimpleRNN(2, { stateful: true })(Input({ batchShape: [5, 4, 2] })).shape).toEqual([5, 2]);
  });
});

describe('states', () => {
  it('are given and returned, with symbolic tensors too', () => {
    const encoder = new LSTM(3, { returnState: true });
    const decoder = new LSTM(3, { returnSequences: true });
    const source = Input([null, 2]);
    const [output, h, c] = encoder<[KerasTensor, KerasTensor, KerasTensor]>(source);
    expect([output.shape, h.shape, c.shape]).toEqual([
      [null, 3],
      [null, 3],
      [null, 3],
    ]);
    expect(decoder(Input([7, 2]), { initialState: [h, c] }).shape).toEqual([null, 7, 3]);
  });

  it('must fit the cell', () => {
    const layer = new LSTM(3, { name: 'l' });
    const x = sequence(2, 4, 2);
    expect(() => layer(x, { initialState: [ops.zeros([2, 3])] })).toThrow(
      /'l' needs initial states of shapes \[2, 3\], \[2, 3\]/,
    );
    expect(() => layer(x, { initialState: [ops.zeros([2, 3]), ops.zeros([2, 4])] })).toThrow(ShapeError);
  });
});

describe('dropout', () => {
  it.each([
    ['of inputs', { dropout: 0.5 }],
    ['of the recurrent product', { recurrentDropout: 0.5 }],
  ])('%s acts in training only', (_, options) => {
    for (const layer of [new LSTM(8, options), new GRU(8, options), new SimpleRNN(8, options)]) {
      const x = sequence(2, 5, 8);
      expectClose(layer(x), layer(x));
      const trained = layer(x, { training: true }).arraySync();
      expect(trained).not.toEqual(layer(x).arraySync());
      expect(trained).not.toEqual(layer(x, { training: true }).arraySync());
    }
  });
});

class Accumulate extends Layer {
  readonly stateSize = 2;

  override call(x: Tensor, [total]: readonly [Tensor]): [Tensor, Tensor[]] {
    const next = total.add(x);
    return [next.mul(10), [next]];
  }
}

describe('own cells', () => {
  it('are run over the steps', () => {
    const layer = new RNN(new Accumulate(), { returnSequences: true, returnState: true });
    const [outputs, total] = layer<[Tensor, Tensor]>(
      tensor([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ]),
    );
    expect(outputs.arraySync()).toEqual([
      [
        [10, 20],
        [40, 60],
        [90, 120],
      ],
    ]);
    expect(total.arraySync()).toEqual([[9, 12]]);
  });

  it('must tell the sizes of their states', () => {
    expect(() => new RNN(new Dense(1) as never)).toThrow(ValueError);
  });

  it('are the same as the layer that is made of them', () => {
    const layer = new LSTM(3);
    const x = sequence(2, 4, 2);
    const expected = layer(x);
    const apart = new RNN(new LSTMCell(3));
    apart.build([null, 4, 2]);
    apart.setWeights(layer.getWeights());
    expectClose(apart(x), expected);
  });
});

describe('Bidirectional', () => {
  it('refuses layers that are not recurrent, or do not oppose each other', () => {
    expect(() => new Bidirectional(new Dense(1) as never)).toThrow(ValueError);
    expect(() => new Bidirectional(new LSTM(2), { backwardLayer: new LSTM(2) })).toThrow(
      /opposite directions/,
    );
    expect(() => new Bidirectional(new LSTM(2), { mergeMode: 'max' as never })).toThrow(/mergeMode must be/);
    const backwards = new LSTM(2, { goBackwards: true, returnSequences: true });
    expect(() => new Bidirectional(new LSTM(2), { backwardLayer: backwards })).toThrow(
      /agree in returnSequences/,
    );
  });

  it('begins its directions with different weights', () => {
    const layer = new Bidirectional(new LSTM(4));
    layer.build([null, 3, 2]);
    const kernel = (rnn: RNN): unknown => rnn.weights[0]!.arraySync();
    expect(kernel(layer.forwardLayer)).not.toEqual(kernel(layer.backwardLayer));
  });

  it('takes initial states of both directions', () => {
    const layer = new Bidirectional(new GRU(2));
    const x = sequence(2, 3, 2);
    const y = layer(x, { initialState: [ops.ones([2, 2]), ops.zeros([2, 2])] });
    expect(y.arraySync()).not.toEqual(layer(x).arraySync());
    expect(y.shape).toEqual([2, 4]);
  });
});

it('computes in mixed precision', () => {
  const y = new LSTM(2, { dtype: 'mixed_bfloat16' })(sequence(2, 3, 2));
  expect(y.dtype).toBe('bfloat16');
});

it('TimeDistributed needs steps', () => {
  expect(() => new TimeDistributed(new Dense(1), { name: 'td' })(ops.ones([2, 3]))).toThrow(
    /'td' takes \[batch, steps, …\]/,
  );
  expect(new TimeDistributed(new Dense(4))(Input([null, 3])).shape).toEqual([null, null, 4]);
});

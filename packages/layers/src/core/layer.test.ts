import {
  clearSession,
  compile,
  DTypeError,
  getMask,
  KerasTensor,
  NotBuiltError,
  ops,
  SeedGenerator,
  ShapeError,
  type SymbolicShape,
  setMask,
  type Tensor,
  tensor,
  ValueError,
  Variable,
  valueAndGradVariables,
} from '@ibex/tensor';
import { registerSerializable } from '@ibex/tensor/config';
import { expectClose } from '@ibex/tensor/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type CallOptions,
  Dense,
  Dropout,
  deserialize,
  Embedding,
  Input,
  InputSpec,
  Layer,
  type LayerOptions,
  serialize,
} from '../index.js';

beforeEach(() => clearSession());

class Scale extends Layer {
  readonly #log: boolean[] = [];
  factor!: Variable;

  override build(inputShape: SymbolicShape): void {
    this.factor = this.addWeight({ name: 'factor', shape: [inputShape.at(-1)!], initializer: 'ones' });
  }

  override call(x: Tensor, { training }: CallOptions): Tensor {
    this.#log.push(training);
    return ops.multiply(x, this.factor);
  }

  get seen(): readonly boolean[] {
    return this.#log;
  }
}

class Block extends Layer {
  readonly first = new Dense(3, { name: 'first' });
  readonly others: readonly Layer[];
  readonly units: number;
  readonly own: Variable;

  constructor(units: number, options: LayerOptions = {}) {
    super(options);
    this.units = units;
    this.own = this.addWeight({ name: 'own', shape: [2], trainable: false });
    this.others = [new Scale({ name: 'scale' }), new Dense(units, { name: 'last', useBias: false })];
  }

  override call(x: Tensor): Tensor {
    return this.others.reduce<Tensor>((y, layer) => layer(y), this.first(x));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), units: this.units };
  }

  static override readonly configArguments = ['units'];
}

describe('a layer as an object', () => {
  it('is callable and keeps private and public fields', () => {
    const layer = new Scale({ name: 'mine' });
    expect(typeof layer).toBe('function');
    expect(layer).toBeInstanceOf(Scale);
    expect(layer.name).toBe('mine');
    layer(ops.ones([2, 3]));
    expect(layer.seen).toEqual([false]);
    expect(String(layer)).toBe('<Scale name=mine, built=true>');
  });

  it('is named after its class, counting', () => {
    expect([new Scale().name, new Scale().name, new Dense(1).name]).toEqual(['scale', 'scale_1', 'dense']);
  });

  it('refuses a name with a slash', () => {
    expect(() => new Scale({ name: 'a/b' })).toThrow(ValueError);
  });

  it('refuses to be called without inputs', () => {
    expect(() => new Scale({ name: 's' }).invoke()).toThrow(/'s' was called without inputs/);
  });
});

describe('weights', () => {
  it('come in the order of attributes, own ones first, under the paths of their layers', () => {
    const block = new Block(2);
    block(ops.ones([4, 5]));
    expect(block.weights.map(({ path }) => path)).toEqual([
      'block/own',
      'block/first/kernel',
      'block/first/bias',
      'block/scale/factor',
      'block/last/kernel',
    ]);
    expect(block.trainableWeights).toHaveLength(4);
    expect(block.nonTrainableWeights).toEqual([block.own]);
    expect(block.countParams()).toBe(2 + 15 + 3 + 3 + 6);
    expect(block.sublayers.map(({ name }) => name)).toEqual(['first', 'scale', 'last']);
  });

  it('are found in maps and plain objects, each once', () => {
    const shared = new Dense(1);
    class Holder extends Layer {
      readonly map = new Map([['a', shared]]);
      readonly record = { again: shared, seed: new SeedGenerator(1), free: new Variable(ops.zeros([1])) };
      override call(x: Tensor): Tensor {
        return shared(x);
      }
    }
    const holder = new Holder();
    holder(ops.ones([1, 2]));
    expect(holder.weights).toEqual([holder.record.free, shared.kernel, shared.bias]);
    expect(holder.variables).toHaveLength(4);
  });

  it('are frozen with the layer, and with all layers within', () => {
    const block = new Block(2);
    block.trainable = false;
    block(ops.ones([4, 5]));
    expect(block.trainableWeights).toEqual([]);
    expect(block.weights.every(({ trainable }) => !trainable)).toBe(true);
    block.trainable = true;
    expect(block.trainableVariables).toHaveLength(4);
    expect(block.own.trainable).toBe(false);
  });

  it('are set together or not at all', () => {
    const dense = new Dense(2);
    dense.build([null, 3]);
    const before = dense.kernel.arraySync();
    expect(() => dense.setWeights([ops.ones([3, 2])])).toThrow(/has 2 weights, but 1 values/);
    expect(() => dense.setWeights([ops.ones([3, 2]), ops.ones([3])])).toThrow(ShapeError);
    expect(dense.kernel.arraySync()).toEqual(before);
    dense.setWeights([ops.ones([3, 2]), [1, 2]]);
    expect(dense(ops.ones([1, 3])).arraySync()).toEqual([[4, 5]]);
  });

  it('do not exist before the layer is built', () => {
    const dense = new Dense(2, { name: 'd' });
    expect(dense.weights).toEqual([]);
    expect(() => dense.kernel).toThrow(NotBuiltError);
    expect(() => dense.kernel).toThrow(/Layer 'd' has no kernel yet/);
    expect(() => dense.countParams()).toThrow(NotBuiltError);
    expect(() => dense.call(ops.ones([1, 2]))).toThrow(NotBuiltError);
  });

  it('need known extents', () => {
    expect(() => new Dense(2, { name: 'd' })(Input([null]))).toThrow(
      /'d' makes weights after axis -1.*\[null, null\]/,
    );
  });

  it('can be made while a function is compiled', () => {
    const dense = new Dense(2, { kernelInitializer: 'ones' });
    const forward = compile((x: Tensor) => dense(x));
    expect(forward(tensor([[1, 2]])).arraySync()).toEqual([[3, 3]]);
    dense.setWeights([ops.zeros([2, 2]), [5, 6]]);
    expect(forward(tensor([[1, 2]])).arraySync()).toEqual([[5, 6]]);
  });
});

describe('a symbolic call', () => {
  it('builds the layer and gives shapes with the batch unknown', () => {
    const block = new Block(2);
    const y = block(Input({ shape: [7, 5] }));
    expect(y).toBeInstanceOf(KerasTensor);
    expect(y.shape).toEqual([null, 7, 2]);
    expect(y.operation).toBe(block);
    expect(block.inboundNodes).toHaveLength(1);
  });

  it('is the shape that computeOutputShape tells', () => {
    expect(new Block(2).computeOutputShape([null, null, 5] as never)).toEqual([null, null, 2]);
  });

  it('builds the layers in one that has a computeOutputShape, but no build of its own', () => {
    class ShapedBlock extends Block {
      override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
        return [...inputShape.slice(0, -1), 2];
      }
    }
    const block = new ShapedBlock(2);
    expect(block(Input({ shape: [7, 5] })).shape).toEqual([null, 7, 2]);
    expect(block.trainableVariables.length).toBeGreaterThan(0);
  });
});

describe('inputs', () => {
  it('are checked, naming the layer, what was expected and what was given', () => {
    const dense = new Dense(2, { name: 'd' });
    expect(() => dense(ops.ones([3]))).toThrow(
      /Input 0 of layer 'd' does not fit: expected rank 2 at least, found rank 1.*\[3\]/,
    );
    dense(ops.ones([1, 4]));
    expect(() => dense(ops.ones([1, 3]))).toThrow(/expected extent 4 of axis -1, found 3/);
    expect(() => dense(Input([3]))).toThrow(ShapeError);
    const picky = new Scale();
    picky.inputSpec = new InputSpec({ dtype: 'int32' });
    expect(() => picky(ops.ones([1, 1]))).toThrow(DTypeError);
    picky.inputSpec = [new InputSpec(), new InputSpec()];
    expect(() => picky(ops.ones([1, 1]))).toThrow(/expects 2 input\(s\), but it received 1/);
  });

  it('may be nested arrays', () => {
    const dense = new Dense(1, { kernelInitializer: 'ones' });
    expect(
      dense([
        [1, 2],
        [3, 4],
      ]).arraySync(),
    ).toEqual([[3], [7]]);
  });

  it('are cast to the layer, which computes in mixed precision', () => {
    const dense = new Dense(2, { dtype: 'mixed_bfloat16' });
    const y = dense(ops.ones([1, 3]));
    expect([y.dtype, dense.kernel.dtype, dense.computeDtype, dense.variableDtype]).toEqual([
      'bfloat16',
      'float32',
      'bfloat16',
      'float32',
    ]);
    const { gradients } = valueAndGradVariables(
      () => ops.cast(dense(ops.ones([1, 3])), 'float32').sum(),
      [dense.kernel],
    );
    expect(gradients[0]!.dtype).toBe('float32');
  });
});

describe('the training flag', () => {
  it('is the call’s, or that of the layer around, or false', () => {
    class Outer extends Layer {
      readonly inner = new Scale();
      readonly fixed = new Scale();
      override call(x: Tensor): Tensor {
        return this.inner(this.fixed(x, { training: false }));
      }
    }
    const outer = new Outer();
    outer(ops.ones([1, 1]), { training: true });
    outer(ops.ones([1, 1]));
    expect(outer.inner.seen).toEqual([true, false]);
    expect(outer.fixed.seen).toEqual([false, false]);
  });
});

describe('losses', () => {
  it('are those of the last call, and penalties of weights and outputs', () => {
    class Penal extends Layer {
      readonly dense = new Dense(1, {
        kernelInitializer: 'ones',
        kernelRegularizer: 'l2',
        activityRegularizer: 'l1',
      });
      override call(x: Tensor): Tensor {
        this.addLoss(x.sum());
        return this.dense(x);
      }
    }
    const layer = new Penal();
    layer(Input([2]));
    expect(layer.losses).toHaveLength(1);
    layer(ops.ones([4, 2]));
    layer(ops.ones([4, 2]));
    // The sum of x; the outputs' sum of absolute values over the batch; the kernel's sum of squares.
    expect(layer.losses.map((loss) => Number(loss.item().toFixed(6)))).toEqual([8, (0.01 * 8) / 4, 0.01 * 2]);
  });
});

describe('masks', () => {
  it('flow through layers that support them, and end in others', () => {
    const embedded = new Embedding(5, 3, { maskZero: true })([[1, 0, 2]]);
    expect(getMask(embedded)!.arraySync()).toEqual([[true, false, true]]);
    expect(getMask(new Dense(2)(embedded))!.arraySync()).toEqual([[true, false, true]]);
    expect(getMask(new Scale()(embedded))).toBeUndefined();
  });

  it('reach call, unless one is given', () => {
    const seen: unknown[] = [];
    class Spy extends Layer {
      override call(x: Tensor, { mask }: CallOptions): Tensor {
        seen.push(mask?.arraySync() ?? null);
        return x;
      }
    }
    const x = ops.ones([1, 2]);
    new Spy()(x);
    setMask(x, tensor([true]));
    const spy = new Spy();
    spy.supportsMasking = true;
    spy(x);
    spy(x, { mask: tensor([false]) });
    expect(seen).toEqual([null, [true], [false]]);
  });
});

describe('configurations of own layers', () => {
  it('are written under their registered name, and make an equal layer', () => {
    registerSerializable({ package: 'test' })(Block);
    const block = new Block(2, { name: 'b', trainable: false });
    block.build([null, 4] as never);
    const json = serialize(block);
    expect(json).toMatchObject({
      module: null,
      class_name: 'Block',
      registered_name: 'test>Block',
      config: { name: 'b', trainable: false, units: 2 },
      build_config: { input_shape: [null, 4] },
    });
    expect(() => deserialize({ class_name: 'L2', module: 'keras.regularizers', config: {} })).toThrow(
      ValueError,
    );
    const again = deserialize(json) as Block;
    expect(again).toBeInstanceOf(Block);
    expect([again.units, again.name, again.trainable]).toEqual([2, 'b', false]);
  });
});

it('computes random layers anew at each compiled call', () => {
  const dropout = new Dropout(0.5, { seed: 3 });
  const forward = compile((x: Tensor) => dropout(x, { training: true }));
  const x = ops.ones([64]);
  const [a, b] = [forward(x).arraySync(), forward(x).arraySync()] as number[][];
  expect(a).not.toEqual(b);
  expect(new Set([...a!, ...b!])).toEqual(new Set([0, 2]));
  expectClose(dropout(x), x);
});

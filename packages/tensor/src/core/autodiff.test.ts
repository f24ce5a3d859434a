import { describe, expect, test } from 'vitest';
import {
  customGradient,
  DTypeError,
  GradientTape,
  grad,
  hessian,
  jacobian,
  nameScope,
  ops,
  ShapeError,
  stopGradient,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  valueAndGradVariables,
  vjp,
} from '../index.js';
import { checkGradient, expectClose } from '../testing/index.js';

const float64 = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Float64Array.from(values), { shape });

describe('grad', () => {
  test('of a scalar function', () => {
    expectClose(grad((x: Tensor) => x.square().sum())(tensor([1, 2, -3])), [2, 4, -6]);
  });

  test('with respect to some arguments', () => {
    const f = valueAndGrad((a: Tensor, b: Tensor) => a.mul(b).sum(), { argnums: [1, 0] });
    const [value, [db, da]] = f(tensor([1, 2]), tensor([3, 4])) as [Tensor, [Tensor, Tensor]];
    expect(value.item()).toBe(11);
    expectClose(da, [3, 4]);
    expectClose(db, [1, 2]);
  });

  test('passes on what else the function returns', () => {
    const f = valueAndGrad((x: Tensor) => [x.sum(), { double: x.mul(2) }] as const, { hasAux: true });
    const [[loss, { double }], gradient] = f(tensor([1, 2]));
    expect(loss.item()).toBe(3);
    expectClose(double, [2, 4]);
    expectClose(gradient, [1, 1]);
  });

  test('sums over the places where an argument is used, and over broadcast axes', () => {
    expectClose(grad((x: Tensor) => x.add(x).mul(x).sum())(tensor(3)), 12);
    expectClose(
      grad((x: Tensor) =>
        x
          .mul(
            tensor([
              [1, 2],
              [3, 4],
            ]),
          )
          .sum(),
      )(tensor([1, 1])),
      [4, 6],
    );
  });

  test('is zero for an argument that does not matter', () => {
    expectClose(grad((_x: Tensor) => tensor(1))(tensor([1, 2])), [0, 0]);
  });

  test('of higher orders', () => {
    const cube = (x: Tensor): Tensor => x.pow(3);
    expectClose(grad(grad(cube))(tensor(2)), 12);
    expectClose(grad(grad(grad(cube)))(tensor(2)), 6);
  });

  test('refuses integers and results that are no scalars', () => {
    expect(() => grad((x: Tensor) => x.sum())(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow(ShapeError);
  });

  test('the same tensor as two arguments is told apart', () => {
    const x = tensor(3);
    expectClose(grad((a: Tensor, b: Tensor) => a.mul(b.square()), { argnums: 0 })(x, x), 9);
  });
});

describe('stopGradient and customGradient', () => {
  test('no gradient flows through a stop', () => {
    expectClose(grad((x: Tensor) => stopGradient(x).mul(x).sum())(tensor([2, 3])), [2, 3]);
  });

  test('an own gradient takes the place of the written one', () => {
    const clipped = customGradient((x: Tensor) => [x.square(), (g: Tensor) => g.clip(-1, 1)] as const);
    expectClose(grad((x: Tensor) => clipped(x).mul(10).sum())(tensor([1, 2])), [1, 1]);
  });
});

describe('GradientTape', () => {
  test('with respect to variables and tensors that were read, null for others', () => {
    const w = new Variable([1, 2]);
    const unread = new Variable([1]);
    const x = tensor([3, 4]);
    const tape = new GradientTape();
    const loss = tape.run(() => w.value.mul(x).sum());
    const [dw, none, dx] = tape.gradient(loss, [w, unread, x]);
    expectClose(dw!, [3, 4]);
    expect(none).toBeNull();
    expectClose(dx!, [1, 2]);
    expect(tape.watchedVariables()).toEqual([w]);
  });

  test('can be asked once, or again when it is persistent', () => {
    const x = tensor(3);
    using tape = new GradientTape();
    const y = x.square();
    tape.gradient(y, x);
    expect(() => tape.gradient(y, x)).toThrow(/persistent/);
    const persistent = new GradientTape({ persistent: true });
    const z = persistent.run(() => x.square());
    expectClose(persistent.gradient(z, x)!, 6);
    expectClose(persistent.gradient(z, x)!, 6);
  });

  test('does not record what is computed after run', () => {
    const x = tensor(3);
    const tape = new GradientTape();
    const y = tape.run(() => x.square());
    expect(tape.gradient(y.mul(2), x)).toBeNull();
  });

  test('nested tapes give higher orders', () => {
    const x = tensor(2);
    const outer = new GradientTape();
    const first = outer.run(() => {
      const inner = new GradientTape();
      const y = inner.run(() => x.pow(3));
      return inner.gradient(y, x)!;
    });
    expectClose(first, 12);
    expectClose(outer.gradient(first, x)!, 12);
  });

  test('starts from given gradients, and gives zeros where asked', () => {
    const x = tensor([1, 2]);
    const other = tensor([5]);
    const tape = new GradientTape();
    const y = tape.run(() => x.square());
    const [dx, zero] = tape.gradient(y, [x, other], {
      outputGradients: tensor([1, 10]),
      unconnectedGradients: 'zero',
    });
    expectClose(dx!, [2, 40]);
    expectClose(zero!, [0]);
  });

  test('takes gradients of tensors that were read on the way', () => {
    const x = tensor([1, 2, 3]);
    const tape = new GradientTape();
    const loss = tape.run(() => {
      const y = x.mul(2);
      expect(y.arraySync()).toEqual([2, 4, 6]);
      return y.square().sum();
    });
    expect(loss.item()).toBe(56);
    expectClose(tape.gradient(loss, x)!, [8, 16, 24]);
  });
});

test('valueAndGradVariables', () => {
  const w = new Variable([[1, 2]]);
  const b = new Variable([0.5]);
  const { value, gradients } = valueAndGradVariables(() => w.value.sum(1).add(b).square().sum(), [w, b]);
  expect(value.item()).toBeCloseTo(12.25);
  expectClose(gradients[0]!, [[7, 7]]);
  expectClose(gradients[1]!, [7]);
});

test('vjp of several results', () => {
  const [results, pull] = vjp(
    (a: Tensor, b: Tensor) => ({ sum: a.add(b), product: a.mul(b) }),
    tensor([1, 2]),
    tensor([3, 4]),
  );
  expectClose(results.product, [3, 8]);
  const [da, db] = pull({ sum: tensor([1, 1]), product: tensor([1, 0]) });
  expectClose(da, [4, 1]);
  expectClose(db, [2, 1]);
});

/** A network of two layers, 3 inputs, 4 hidden units: 16 weights in one vector. */
function networkLoss(weights: Tensor): Tensor {
  const x = float64([0.5, -1.2, 0.3, 1.1, 0.4, -0.7], [2, 3]);
  const [w1, w2] = weights.split([12]) as [Tensor, Tensor];
  const hidden = x.matmul(w1.reshape([3, 4])).tanh();
  const output = ops.sigmoid(hidden.matmul(w2.reshape([4, 1])));
  return output
    .sub(float64([1, 0], [2, 1]))
    .square()
    .mean();
}

const WEIGHTS = Array.from({ length: 16 }, (_, i) => Math.sin(2.1 * i + 0.4));

test('the Hessian of a small network agrees with differences of its gradient', () => {
  const exact = hessian(networkLoss)(float64(WEIGHTS)).dataSync() as Float64Array;
  const gradientAt = (values: readonly number[]): Float64Array =>
    grad(networkLoss)(float64(values)).dataSync() as Float64Array;
  const step = 1e-5;
  const rows = WEIGHTS.map((_, i) => {
    const shifted = (by: number): number[] => WEIGHTS.map((value, j) => (i === j ? value + by : value));
    const [up, down] = [gradientAt(shifted(step)), gradientAt(shifted(-step))];
    return Array.from(up, (value, j) => (value - down[j]!) / (2 * step));
  });
  expectClose(float64([...exact], [16, 16]), rows, { rtol: 1e-6, atol: 1e-9 });
  for (let i = 0; i < 16; i++)
    for (let j = 0; j < i; j++) expect(exact[16 * i + j]).toBeCloseTo(exact[16 * j + i]!, 12);
});

test('its gradient of first and second order agree with differences', () => {
  checkGradient(networkLoss, [float64(WEIGHTS)], { secondOrder: true });
});

test('the Jacobian has a row for each result', () => {
  expectClose(jacobian((x: Tensor) => ops.stack([x.sum(), x.prod()]))(tensor([2, 3, 4])), [
    [1, 1, 1],
    [12, 8, 6],
  ]);
});

test('a chain of 20,000 calls is differentiated without recursion', () => {
  const x = tensor(1, { dtype: 'float64' });
  const gradient = grad((start: Tensor) => {
    let y = start;
    for (let i = 0; i < 20_000; i++) y = y.mul(1.0001);
    return y;
  })(x);
  expectClose(gradient, 1.0001 ** 20_000, { rtol: 1e-9 });
});

test('what a gradient computes belongs to the layer that it is the gradient of', async () => {
  const at = tensor([0, 4], { dtype: 'int32' });
  const gradient = grad((x: Tensor) => nameScope('words', () => ops.take(x, at)).sum())(tensor([1, 2, 3]));
  await expect(gradient.data()).rejects.toMatchObject({
    code: 'IBEX_INDEX_OUT_OF_RANGE',
    scope: 'words',
    fault: { index: 4, extent: 3, position: [1] },
  });
});

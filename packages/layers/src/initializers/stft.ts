import { floatx, ops, type Tensor, type TensorLike, ValueError } from '@ibex/tensor';
import { type InitializeOptions, Initializer } from './initializer.js';

export interface STFTOptions {
  readonly side?: 'real' | 'imag';
  /** The name of a window, or its values; `null` for none. */
  readonly window?: 'hann' | 'hamming' | 'blackman' | 'bartlett' | TensorLike | null;
  readonly scaling?: 'density' | 'spectrum' | null;
  /** Whether the window goes on periodically: it is then one of a longer, symmetric window. */
  readonly periodic?: boolean;
}

const WINDOWS: Readonly<Record<string, (size: number) => Tensor>> = {
  hann: (size) => ops.hanning(size),
  hamming: (size) => ops.hamming(size),
  blackman: (size) => ops.blackman(size),
  bartlett: (size) => ops.bartlett(size),
};

/**
 * The real or the imaginary part of a short-time Fourier transform as a kernel of Conv1D, of shape
 * `[length of the frame, 1, frequencies]`. After `keras.initializers.STFT`.
 */
export class STFT extends Initializer {
  readonly side: 'real' | 'imag';
  readonly window: NonNullable<STFTOptions['window']> | null;
  readonly scaling: 'density' | 'spectrum' | null;
  readonly periodic: boolean;

  constructor({ side = 'real', window = 'hann', scaling = 'density', periodic = false }: STFTOptions = {}) {
    super();
    if (side !== 'real' && side !== 'imag')
      throw new ValueError(`side must be 'real' or 'imag', got '${String(side)}'.`);
    if (scaling !== null && scaling !== 'density' && scaling !== 'spectrum') {
      throw new ValueError(`scaling must be 'density', 'spectrum' or null, got '${String(scaling)}'.`);
    }
    if (typeof window === 'string' && !(window in WINDOWS)) {
      throw new ValueError(`Unknown window '${window}'; there are ${Object.keys(WINDOWS).join(', ')}.`);
    }
    this.side = side;
    this.window = window;
    this.scaling = scaling;
    this.periodic = periodic;
  }

  override call(shape: readonly number[], { dtype = floatx() }: InitializeOptions): Tensor {
    const [length, channels, frequencies] = shape;
    if (shape.length !== 3 || length === undefined || frequencies === undefined || channels !== 1) {
      throw new ValueError(
        `The STFT initializer needs a shape [length, 1, frequencies], got [${shape.join(', ')}].`,
      );
    }
    const time = ops.reshape(ops.arange(length, null, null, { dtype }), [length, 1, 1]);
    const frequency = ops.reshape(ops.arange(frequencies, null, null, { dtype }), [1, 1, frequencies]);
    const angle = time.mul(frequency).mul((-2 * Math.PI) / ((frequencies - 1) * 2));
    const wave = this.side === 'real' ? angle.cos() : angle.sin();
    const window = this.#windowOf(length);
    if (window === null) return wave;
    const weights = ops.reshape(ops.cast(window, dtype), [length, 1, 1]);
    const weighted = wave.mul(weights);
    if (this.scaling === 'density') return weighted.div(ops.sqrt(ops.sum(ops.square(weights))));
    return this.scaling === 'spectrum' ? weighted.div(ops.sum(ops.abs(weights))) : weighted;
  }

  #windowOf(length: number): Tensor | null {
    const { window } = this;
    if (window === null) return null;
    if (typeof window !== 'string') {
      const values = ops.convertToTensor(window);
      if (values.rank === 1 && values.size === length) return values;
      throw new ValueError(`The window must have ${length} values, got shape [${values.shape.join(', ')}].`);
    }
    const make = WINDOWS[window]!;
    return this.periodic ? ops.slice(make(length + 1), [0], [length]) : make(length);
  }

  override getConfig(): Record<string, unknown> {
    return { side: this.side, window: this.window, periodic: this.periodic, scaling: this.scaling };
  }
}

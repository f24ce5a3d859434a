import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The Python with Keras 3 that files are tried with: IBEX_TEST_PYTHON, else `python3`. */
const python = process.env['IBEX_TEST_PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('./keras_peer.py', import.meta.url));

/** Why there is no Keras to test with; `undefined` where there is. */
export const whyNoKeras: string | undefined = (() => {
  try {
    const version = execFileSync(
      python,
      ['-c', 'import importlib.metadata as m; m.version("h5py"); print(m.version("keras"))'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ).trim();
    return version.startsWith('3.') ? undefined : `${python} has Keras ${version}, not 3`;
  } catch {
    return `${python} has no Keras: set IBEX_TEST_PYTHON to a Python with keras, h5py and a backend`;
  }
})();

type Numbers = readonly (number | Numbers)[];

/** See keras_peer.py. */
export interface KerasRequest {
  readonly model: string;
  readonly x: readonly Numbers[];
  readonly dtype: 'float32' | 'int32';
  readonly weights?: string;
  readonly rewrite?: string;
  readonly save?: string;
}

export interface KerasAnswer {
  readonly y: Numbers;
  readonly halved: Numbers;
  readonly error?: string;
}

/** What Keras answers to all the requests: starting it takes seconds, so they go in one run. */
export function askKeras(requests: readonly KerasRequest[]): Promise<KerasAnswer[]> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 28, encoding: 'utf8' } as const;
    const child = execFile(python, [script], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as KerasAnswer[]);
    });
    child.stdin!.end(JSON.stringify(requests));
  });
}

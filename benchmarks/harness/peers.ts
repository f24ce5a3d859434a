import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getDevice } from 'ibex';
import { tryProcess } from './child.js';

/** A framework that Ibex is measured against. */
export interface Peer {
  /** The program in the folder of peers. */
  readonly program: string;
  /** What the program imports. */
  readonly modules: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is measured, when it is not everywhere. */
  readonly only?: 'cpu' | 'cuda';
}

const torch = { program: 'torch_peer.py', modules: ['numpy', 'torch'] };

export const PEERS: Readonly<Record<string, Peer>> = {
  torch,
  'torch-compile': { ...torch, env: { IBEX_TORCH_MODE: 'compile' } },
  'torch-overhead': { ...torch, env: { IBEX_TORCH_MODE: 'reduce-overhead' }, only: 'cuda' },
  'torch-max': { ...torch, env: { IBEX_TORCH_MODE: 'max-autotune' }, only: 'cuda' },
  'torch-graph': { ...torch, env: { IBEX_TORCH_MODE: 'graph' }, only: 'cuda' },
  jax: { program: 'jax_peer.py', modules: ['numpy', 'jax'] },
  'keras-jax': { program: 'keras_peer.py', modules: ['keras', 'jax'], env: { KERAS_BACKEND: 'jax' } },
  'keras-tensorflow': {
    program: 'keras_peer.py',
    modules: ['keras', 'tensorflow'],
    env: { KERAS_BACKEND: 'tensorflow', TF_CPP_MIN_LOG_LEVEL: '3' },
  },
  'tfjs-wasm': {
    program: 'js/tfjs_peer.mjs',
    modules: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
    only: 'cpu',
  },
  onnxruntime: { program: 'js/onnx_peer.mjs', modules: ['onnxruntime-node'], only: 'cpu' },
};

/** Where the peers compute: IBEX_PEERS_DEVICE, else where Ibex does. */
export function peersDevice(): 'cpu' | 'cuda' {
  const device = process.env['IBEX_PEERS_DEVICE'] ?? getDevice();
  return device.startsWith('cuda') ? 'cuda' : 'cpu';
}

/** Those that are measured when none are named. */
export function usualPeers(): string[] {
  return Object.keys(PEERS).filter((name) => [undefined, peersDevice()].includes(PEERS[name]!.only));
}

const folder = fileURLToPath(new URL('../../peers/', import.meta.url));

/** The interpreter and the program of a peer. */
export function peerCommand({ program }: Peer): string[] {
  return [isPython(program) ? peersPython() : process.execPath, `${folder}${program}`];
}

function isPython(program: string): boolean {
  return program.endsWith('.py');
}

/** The Python of the peers: IBEX_PEERS_PYTHON, else that of the virtual environment which setup.mjs makes. */
function peersPython(): string {
  return process.env['IBEX_PEERS_PYTHON'] ?? `${folder}.venv/bin/python`;
}

/** Why a peer can't be measured, or undefined when it can. */
export async function whyMissing(name: string): Promise<string | undefined> {
  const peer = PEERS[name];
  if (peer === undefined)
    return `there is no peer of that name (there are: ${Object.keys(PEERS).join(', ')})`;
  if (peer.only !== undefined && peer.only !== peersDevice()) return `it is measured on ${peer.only} only`;
  if (!isPython(peer.program)) return whyMissingInNode(peer.modules);
  const asked = peer.modules.join(' ');
  const answer = answers.get(asked) ?? whyMissingInPython(peer.modules);
  answers.set(asked, answer);
  return answer;
}

/** A framework takes seconds to load, and several peers have the same. */
const answers = new Map<string, Promise<string | undefined>>();

async function whyMissingInPython(modules: readonly string[]): Promise<string | undefined> {
  const python = peersPython();
  if (!existsSync(python))
    return 'no Python with the peers: run node benchmarks/peers/setup.mjs, or set IBEX_PEERS_PYTHON';
  const find = `import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ${JSON.stringify(modules)})))`;
  if (!(await tryProcess(python, ['-c', find], {})).ok)
    return `${modules.join(' or ')} is not installed for ${python}`;
  if (peersDevice() === 'cpu') return undefined;
  const framework = modules.find((module) => module in SEES_GPU)!;
  const sees = await tryProcess(python, ['-c', `import sys; ${SEES_GPU[framework]}`], {});
  return sees.ok ? undefined : `the ${framework} of ${python} sees no GPU`;
}

/** Python that ends with success where a framework can compute on a GPU. */
const SEES_GPU: Readonly<Record<string, string>> = {
  torch: 'import torch; sys.exit(not torch.cuda.is_available())',
  jax: 'import jax; sys.exit(jax.default_backend() != "gpu")',
  tensorflow: 'import tensorflow; sys.exit(not tensorflow.config.list_physical_devices("GPU"))',
};

function whyMissingInNode(modules: readonly string[]): string | undefined {
  const require = createRequire(`${folder}js/package.json`);
  const missing = modules.filter((module) => {
    try {
      require.resolve(module);
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0
    ? undefined
    : `${missing.join(' and ')} is not installed: run node benchmarks/peers/setup.mjs js`;
}

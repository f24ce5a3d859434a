import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tryProcess } from './child.js';

/** A framework that Ibex is measured against. */
export interface Peer {
  /** The program in the folder of peers. */
  readonly program: string;
  /** What the program imports. */
  readonly modules: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const PEERS: Readonly<Record<string, Peer>> = {
  torch: { program: 'torch_peer.py', modules: ['numpy', 'torch'] },
  'torch-compile': {
    program: 'torch_peer.py',
    modules: ['numpy', 'torch'],
    env: { IBEX_TORCH_COMPILE: '1' },
  },
  jax: { program: 'jax_peer.py', modules: ['numpy', 'jax'] },
  'keras-jax': { program: 'keras_peer.py', modules: ['keras', 'jax'], env: { KERAS_BACKEND: 'jax' } },
  'keras-tensorflow': {
    program: 'keras_peer.py',
    modules: ['keras', 'tensorflow'],
    env: { KERAS_BACKEND: 'tensorflow', TF_CPP_MIN_LOG_LEVEL: '3' },
  },
};

const folder = fileURLToPath(new URL('../../peers/', import.meta.url));

export const peerProgram = (peer: Peer): string => `${folder}${peer.program}`;

/** The Python of the peers: IBEX_PEERS_PYTHON, else that of the virtual environment which setup.mjs makes. */
export function peersPython(): string {
  return process.env['IBEX_PEERS_PYTHON'] ?? `${folder}.venv/bin/python`;
}

/** Why a peer can't be measured, or undefined when it can. */
export async function whyMissing(name: string): Promise<string | undefined> {
  const peer = PEERS[name];
  if (peer === undefined)
    return `there is no peer of that name (there are: ${Object.keys(PEERS).join(', ')})`;
  const python = peersPython();
  if (!existsSync(python))
    return 'no Python with the peers: run node benchmarks/peers/setup.mjs, or set IBEX_PEERS_PYTHON';
  const find = `import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ${JSON.stringify(peer.modules)})))`;
  const found = await tryProcess(python, ['-c', find], {});
  return found.ok ? undefined : `${peer.modules.join(' or ')} is not installed for ${python}`;
}

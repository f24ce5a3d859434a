import { parseArgs } from 'node:util';
import { kernelSweeps } from '../kernels/specs.js';
import { jobs, steps } from '../steps/index.js';
import { PEERS } from './peers.js';

export const USAGE =
  'Usage: pnpm bench [kernels|steps|models] [NAMES…] [--peers torch,jax,…] [--rounds N] [--seconds S] [--threads N] [--json FILE] [--profile]';

export interface Options {
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
  /** Processes of each framework for each workload. */
  readonly rounds: number;
  /** How long one process measures. */
  readonly seconds: number;
  readonly threads: number;
  readonly json: string | undefined;
  /** Instead of comparing, print where our time goes. */
  readonly profile: boolean;
}

const SUITES: Readonly<Record<string, readonly string[]>> = {
  steps: Object.keys(steps),
  models: [...Object.keys(jobs), 'startup'],
  kernels: Object.keys(kernelSweeps),
};

/** What the command line asks for; throws an error with a message for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  return {
    workloads: workloadsOf(positionals),
    peers: values.peers.split(',').filter((name) => name !== ''),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    threads: positive('threads', values.threads),
    json: values.json,
    profile: values.profile,
  };
}

/** Names of workloads or suites; a suite's name before names of its workloads only says where they are. */
function workloadsOf(names: readonly string[]): readonly string[] {
  const all = Object.values(SUITES).flat();
  for (const name of names) {
    if (!(name in SUITES) && !all.includes(name)) {
      throw new Error(`There is no workload '${name}'. There are: ${all.join(', ')}.`);
    }
  }
  const named = names.filter((name) => !(name in SUITES));
  if (named.length > 0) return named;
  const suites = names.length > 0 ? names : Object.keys(SUITES);
  return suites.flatMap((suite) => SUITES[suite]!);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, got '${text}'.`);
  return value;
}

import { parseArgs } from 'node:util';
import { getDevice } from 'ibex';
import { gpuSweeps, tinySweeps } from '../kernels/gpu-specs.js';
import { cpuSweeps } from '../kernels/specs.js';
import { gpuSteps, jobs, steps, tinySteps } from '../steps/index.js';
import { usualPeers } from './peers.js';

export const USAGE =
  'Usage: pnpm bench [kernels|steps|models|tiny] [NAMES…] [--peers torch,jax,…] [--rounds N] [--seconds S] [--threads N] [--limit S] [--json FILE] [--check|--profile]';

export interface Options {
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
  /** Processes of each framework for each workload. */
  readonly rounds: number;
  /** How long one process measures. */
  readonly seconds: number;
  readonly threads: number;
  /** Seconds that one process has at most. */
  readonly limit: number;
  readonly json: string | undefined;
  /** Instead of measuring, compare losses and outputs with the peers'. */
  readonly check: boolean;
  /** Likewise, print where our time goes. */
  readonly profile: boolean;
}

const onCpu = getDevice() === 'cpu';

/** What the suites have here. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  steps: [...Object.keys(steps), ...(onCpu ? [] : Object.keys(gpuSteps))],
  models: [...Object.keys(jobs), 'startup'],
  kernels: Object.keys(onCpu ? cpuSweeps : gpuSweeps),
};

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  tiny: [...Object.keys(tinySteps), ...Object.keys(tinySweeps)],
};

/** What the command line asks for; throws an error with a message for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: usualPeers().join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
      limit: { type: 'string', default: '300' },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  return {
    workloads: workloadsOf(positionals),
    peers: values.peers.split(',').filter((name) => name !== ''),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    threads: positive('threads', values.threads),
    limit: positive('limit', values.limit),
    json: values.json,
    check: values.check,
    profile: values.profile,
  };
}

const EVERYTHING = [
  ...new Set([SUITES, OTHERS].flatMap((suites) => Object.values(suites).flat())),
  ...(onCpu ? [...Object.keys(gpuSteps), ...Object.keys(gpuSweeps)] : Object.keys(cpuSweeps)),
];

/** The workload of that name, or all whose names begin with it: `gpu-matmul` for all of its dtypes. */
function workloadsNamed(name: string): readonly string[] {
  if (EVERYTHING.includes(name)) return [name];
  const found = EVERYTHING.filter((each) => each.startsWith(`${name}-`));
  if (found.length === 0)
    throw new Error(`There is no workload '${name}'. There are: ${EVERYTHING.join(', ')}.`);
  return found;
}

/** Names of workloads or suites; a suite's name before names of its workloads only says where they are. */
function workloadsOf(names: readonly string[]): readonly string[] {
  const suites = { ...SUITES, ...OTHERS };
  const named = names.filter((name) => !(name in suites)).flatMap(workloadsNamed);
  if (named.length > 0) return named;
  return (names.length > 0 ? names : Object.keys(SUITES)).flatMap((suite) => suites[suite]!);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, got '${text}'.`);
  return value;
}

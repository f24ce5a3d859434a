import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { roundsOperands } from '../kernels/gpu-specs.js';
import { kernelSweeps } from '../kernels/index.js';
import { tryProcess } from './child.js';
import { PEERS, peerCommand, peersDevice } from './peers.js';
import type { CheckedNumbers, Measurement, SweepTimes } from './types.js';

export const OURS = 'ibex';

/** What `fit` is measured against besides other frameworks' loops: the compiled step alone. */
export const BARE_STEP = 'ibex bare step';

export interface Asked {
  readonly workload: string;
  readonly seconds: number;
  readonly threads: number;
  /** Seconds that the process has at most. */
  readonly limit: number;
}

/** A framework has no such workload. */
export class Unsupported extends Error {}

/** Measures in a process of its own. Throws `Unsupported`, or an error that has the process's last words. */
export async function measureOnce(framework: string, asked: Asked): Promise<Measurement> {
  const { reply, firstOutputMs } = await ask(framework, 'measure', asked);
  // What a program knows of its own start leaves out the loading of the interpreter.
  return {
    ...(reply as unknown as Measurement),
    ...(asked.workload === 'startup' ? { ms: firstOutputMs } : {}),
  };
}

/** The first losses of a training step, or outputs of a prediction. Throws as `measureOnce` does. */
export async function checkOnce(framework: string, asked: Asked): Promise<CheckedNumbers> {
  return (await ask(framework, 'check', asked)).reply as unknown as CheckedNumbers;
}

/** Measures a sweep's kernels in a process of its own. Throws as `measureOnce` does. */
export async function sweepOnce(framework: string, asked: Asked): Promise<SweepTimes> {
  return (await ask(framework, 'sweep', asked)).reply as unknown as SweepTimes;
}

/** Runs our program once; the table of where its time went. Throws as `measureOnce` does. */
export async function profileOnce(asked: Asked): Promise<string> {
  const mode = asked.workload in kernelSweeps ? 'sweep' : 'measure';
  return (await ask(OURS, mode, asked, { IBEX_PROFILE: '1' })).errors;
}

async function ask(
  framework: string,
  mode: 'measure' | 'check' | 'sweep',
  asked: Asked,
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<{ reply: Record<string, unknown>; firstOutputMs: number; errors: string }> {
  if (framework === BARE_STEP) return ask(OURS, mode, { ...asked, workload: 'mlp-b32' });
  const { workload, seconds, threads, limit } = asked;
  const args = [mode, workload, String(seconds), String(threads)];
  if (workload in kernelSweeps) args.push(JSON.stringify(kernelSweeps[workload]));
  const [command, env] = commandOf(framework, workload, args);
  const tf32 = roundsOperands(workload) ?? process.env['IBEX_CUDA_TF32'] === '1';
  const variables = {
    OMP_NUM_THREADS: String(threads),
    NPROC: String(threads),
    IBEX_CUDA_TF32: tf32 ? '1' : '0',
    IBEX_PEERS_TF32: tf32 ? '1' : '0',
    ...env,
    ...extraEnv,
  };
  const [program, programArgs] = onCores(command, threads);
  const { ok, output, errors, firstOutputMs } = await tryProcess(program, programArgs, variables, limit);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!ok || !line.startsWith('{')) {
    throw new Error(lastWords(errors) || `${framework} ended without a result`);
  }
  const reply: Record<string, unknown> = JSON.parse(line);
  if ('unsupported' in reply) throw new Unsupported(`${framework} has no ${workload}`);
  return { reply, firstOutputMs, errors };
}

/** What a process said of its end: its last lines that speak of an error, else its last. */
function lastWords(errors: string): string {
  const lines = errors.trim().split('\n');
  const telling = lines.filter((line) => /error|longer than|killed/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(-3).join(' ');
}

function commandOf(
  framework: string,
  workload: string,
  args: readonly string[],
): [command: string[], env: Readonly<Record<string, string>>] {
  if (framework === OURS) {
    const program = workload === 'startup' ? '../steps/startup.js' : '../worker.js';
    return [[process.execPath, fileURLToPath(new URL(program, import.meta.url)), ...args], {}];
  }
  const peer = PEERS[framework]!;
  const env = {
    IBEX_PEERS_DEVICE: peersDevice(),
    // JAX and TensorFlow take a GPU where they see one.
    ...(peersDevice() === 'cpu' ? { CUDA_VISIBLE_DEVICES: '' } : {}),
  };
  return [[...peerCommand(peer), ...args], { ...env, ...peer.env }];
}

/**
 * Frameworks differ in how they can be told the number of threads: where there are more cores, all are held to as many. With a
 * GPU the cores only compile.
 */
function onCores([command, ...args]: string[], threads: number): [string, string[]] {
  if (process.platform !== 'linux' || cpus().length <= threads || peersDevice() === 'cuda')
    return [command!, args];
  return ['taskset', ['-c', `0-${threads - 1}`, command!, ...args]];
}

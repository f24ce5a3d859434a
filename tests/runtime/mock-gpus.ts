// Programs that take a mock of NVIDIA's libraries (native/tests/mock_cuda) for two GPUs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let mock: Record<string, string>;

/** Builds the mock, the CUDA backend and the packages, where that was not done. To be called before the others. */
export async function buildAll(): Promise<void> {
  const builder: { buildNative(options: { tests: true }): Promise<{ tests: string }> } = await import(
    join(root, 'scripts', 'build-native.mjs')
  );
  const tools: { mockCudaEnvironment(tests: string): Record<string, string> } = await import(
    join(root, 'scripts', 'test-cuda.mjs')
  );
  mock = tools.mockCudaEnvironment((await builder.buildNative({ tests: true })).tests);
  await run(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
}

/** What a program prints. */
export async function outputOf(program: string, env: Record<string, string> = {}): Promise<string> {
  return outputOfNode(['--input-type=module', '-e', program], env, join(root, 'tests'));
}

/** What a program prints as JSON. */
export async function resultOf(program: string, env: Record<string, string> = {}): Promise<unknown> {
  return JSON.parse(await outputOf(program, env));
}

/** What `ibex doctor` prints. */
export function doctor(env: Record<string, string>): Promise<string> {
  return outputOfNode([join(root, 'packages', 'ibex', 'dist', 'cli.js'), 'doctor'], env, root);
}

/** Where the mock's libraries are. */
export function mockLibraries(): string {
  return mock['IBEX_CUDA_LIBRARIES']!;
}

async function outputOfNode(args: string[], env: Record<string, string>, cwd: string): Promise<string> {
  const options = { cwd, env: { ...process.env, ...mock, ...env }, timeout: 110_000 };
  return (await run(process.execPath, args, options)).stdout.trim();
}

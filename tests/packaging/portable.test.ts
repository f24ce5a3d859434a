// The bundle for machines without Node and a network, unpacked and run with nothing of this one's set-up at hand.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ibex-portable-'));
const here = process.platform === 'linux' && process.arch === 'x64';

afterAll(() => rmSync(folder, { recursive: true }));

// The bundle is for Linux on x86-64: it is made of this machine's Node and libraries.
describe.runIf(here)('the portable bundle', () => {
  const env = { HOME: folder, PATH: '/usr/bin:/bin', IBEX_DEVICE: 'cpu' };
  const script = join(folder, 'ibex-portable', 'run.sh');

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'scripts', 'pack-portable.mjs')], { maxBuffer: 2 ** 26 });
    const tarball = join(root, 'build', 'portable', 'ibex-portable-linux-x64.tar.gz');
    execFileSync('tar', ['-C', folder, '-xzf', tarball]);
  }, 1_000_000);

  test('says what the machine has', async () => {
    const { stdout } = await run(script, ['doctor'], { env });
    expect(stdout).toMatch(/Native core: works\n.*ibex-portable.*ibex\.node/);
    expect(stdout).toMatch(/CUDA backend: .*\n.*ibex-portable.*libibex_cuda\.so/);
  });

  test('runs its unit tests', async () => {
    const { stdout } = await run(script, ['test', 'tensor/ops/reductions', 'models/saving/interop'], { env });
    expect(stdout).toMatch(/\n[1-9]\d+ passed, 0 failed\n$/);
  });

  test('tells of tests that fail', async () => {
    await expect(run(script, ['test', 'no such file'], { env })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('0 passed, 0 failed'),
    });
  });

  test('keeps what a part of it has printed, and goes on after what is cut off', async () => {
    const results = join(folder, 'results');
    const ends = async (part: string, more: Record<string, string> = {}): Promise<number> => {
      const { code = 0 } = (await run(script, ['record', part, results], { env: { ...env, ...more } }).catch(
        (error: { code: number }) => error,
      )) as { code?: number };
      return code;
    };
    expect(await ends('check')).toBe(0);
    expect(readFileSync(join(results, 'check.txt'), 'utf8')).toContain('\nencoder-tiny-bf16-b4');
    expect(await ends('tests', { IBEX_TEST_SECONDS: '0.2' })).toBe(1);
    expect(readFileSync(join(results, 'unit.txt'), 'utf8')).toMatch(/No time was left for [1-9]\d+ files/);
    const summary = readFileSync(join(results, 'summary.txt'), 'utf8');
    expect(summary.match(/(?<=Z ).*(?=, \d+ s, \d+ kernels compiled\n)/g)).toEqual([
      'check: passed',
      'doctor: passed',
      'unit: FAILED (1)',
    ]);
  });

  test('runs benchmarks and programs', async () => {
    const { stdout } = await run(script, ['bench', 'steps', 'mlp-b32', '--rounds', '1', '--seconds', '0.1'], {
      env,
    });
    expect(stdout).toMatch(/mlp-b32 +ibex +\d/);
    const program = `import { ops, tensor } from 'ibex'; console.log(ops.sum(tensor([1, 2])).item());`;
    const sum = await run(script, ['node', '--input-type=module', '-e', program], {
      env,
      cwd: join(folder, 'ibex-portable'),
    });
    expect(sum.stdout).toBe('3\n');
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromeTrace, formatProfile, layers, ops, profile, Sequential } from 'ibex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ibex-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a profile of fit', () => {
  test('has the steps, their calls with layers and costs, and a trace in which calls lie in their runs', async () => {
    const model = new Sequential([
      new layers.Dense(8, { activation: 'relu', name: 'first' }),
      new layers.Dense(1),
    ]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const x = ops.ones([40, 4]);
    const y = ops.zeros([40, 1]);
    await model.fit(x, y, { batchSize: 8, verbose: 0 });
    const made = await profile(() => model.fit(x, y, { epochs: 2, batchSize: 8, verbose: 0 }), {
      trace: true,
    });

    const step = made.programs.find(({ runs }) => runs === 10);
    expect(step).toBeDefined();
    // The product, with what was fused into it.
    const forward = step!.calls.find(
      ({ name, scope, shape }) =>
        name.startsWith('matmul') && scope.includes('first') && shape === 'f32[8,8]',
    );
    expect(forward).toMatchObject({ count: 10, shape: 'f32[8,8]', flops: 2 * 8 * 4 * 8 });
    expect(made.eventsDropped).toBe(0);

    const text = formatProfile(made);
    expect(text).toMatch(/GFLOP\/s, [\d.]+ GB\/s/);
    expect(text).toMatch(/matmul\w* +f32\[8,8\] +.*first/);

    const { traceEvents } = chromeTrace(made);
    const runs = traceEvents.filter(({ cat }) => cat === 'run');
    const calls = traceEvents.filter(({ cat }) => cat === 'call');
    expect(calls).toHaveLength(made.programs.reduce((n, p) => n + p.runs * p.calls.length, 0));
    for (const { ts, dur } of calls) {
      // The clock has nanoseconds, and microseconds as numbers are exact to far less.
      expect(runs.some((run) => run.ts! <= ts! + 1e-3 && ts! + dur! <= run.ts! + run.dur! + 1e-3)).toBe(true);
    }
    expect(traceEvents.some(({ cat }) => cat === 'enqueue')).toBe(true);
  });

  test('is refused while another is made, and ends with an error of what it is made of', async () => {
    await expect(profile(() => profile(() => undefined))).rejects.toThrow(/already/);
    await expect(
      profile(() => {
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    await expect(profile(() => undefined)).resolves.toMatchObject({ programs: [] });
  });
});

test('IBEX_PROFILE prints at the end and IBEX_TRACE writes a file', async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
  const file = join(folder, 'trace.json');
  const program = `import { ops } from 'ibex';
    await ops.matmul(ops.ones([16, 16]), ops.ones([16, 16])).data();`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(root, 'tests'),
    env: { ...process.env, IBEX_PROFILE: '1', IBEX_TRACE: file },
  });
  expect(stderr).toContain('matmul');
  expect(stderr).toMatch(/a run, 1 runs/);
  const { traceEvents } = JSON.parse(await readFile(file, 'utf8')) as ReturnType<typeof chromeTrace>;
  expect(traceEvents.map(({ name }) => name)).toContain('matmul');
});

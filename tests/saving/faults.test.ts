// Saving where it can't be done, or is cut off: the file that was there stays whole.
import { execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callbacks, Input, layers, loadModel, Sequential } from 'ibex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modelOf = (value: number): Sequential =>
  new Sequential([
    Input([300]),
    new layers.Dense(400, { kernelInitializer: new layers.initializers.Constant(value) }),
  ]);

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts', 'build-ts.mjs')]);
}, 300_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-faults-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A file system of one megabyte, where this process may mount one. */
function mountSmallDisk(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'ibex-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
    return at;
  } catch {
    rmSync(at, { recursive: true });
    return undefined;
  }
}
const disk = mountSmallDisk();
afterAll(() => {
  if (disk === undefined) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

describe.skipIf(disk === undefined)('on a small disk (skipped where this process may not mount one)', () => {
  const saves: [string, (path: string, value: number) => Promise<void>][] = [
    ['model.keras', (path, value) => modelOf(value).save(path)],
    ['model.weights.h5', (path, value) => modelOf(value).saveWeights(path)],
  ];
  afterEach(() => {
    for (const entry of readdirSync(disk!)) rmSync(join(disk!, entry));
  });

  it.each(saves)('a full disk leaves the old %s whole, and nothing else', async (name, save) => {
    const path = join(disk!, name);
    await save(path, 0.5);
    const before = readFileSync(path);
    writeFileSync(join(disk!, 'other'), new Uint8Array(400 * 1024));
    await expect(save(path, 1)).rejects.toMatchObject({
      code: 'IBEX_FILE_ACCESS',
      message: expect.stringContaining('no room left on the disk'),
      cause: expect.objectContaining({ code: 'ENOSPC' }),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(disk!).sort()).toEqual([name, 'other']);
  });

  it('a full disk for temporary files is no matter', async () => {
    writeFileSync(join(disk!, 'other'), new Uint8Array(1024 * 1024));
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = disk!;
    try {
      const path = join(folder, 'model.keras');
      await modelOf(0.5).save(path);
      expect((await loadModel(path)).countParams()).toBe(300 * 400 + 400);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });

  it('fit ends with the error of a checkpoint that does not fit, and the model trains on', async () => {
    writeFileSync(join(disk!, 'other'), new Uint8Array(1000 * 1024));
    const model = modelOf(0.5);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const [x, y] = [
      new Array<number[]>(4).fill(new Array(300).fill(1)),
      new Array<number[]>(4).fill(new Array(400).fill(0)),
    ];
    const checkpoint = new callbacks.ModelCheckpoint(join(disk!, '{epoch}.keras'));
    const job = model.fit(x, y, { verbose: 0, callbacks: [checkpoint] });
    await expect(job).rejects.toMatchObject({ code: 'IBEX_FILE_ACCESS' });
    expect(readdirSync(disk!)).toEqual(['other']);
    expect((await model.fit(x, y, { verbose: 0 })).epoch).toEqual([0]);
  });

  it('a disk that can only be read is an error that says so', async () => {
    execFileSync('mount', ['-o', 'remount,ro', disk!]);
    try {
      await expect(modelOf(1).save(join(disk!, 'model.keras'))).rejects.toMatchObject({
        code: 'IBEX_FILE_ACCESS',
        message: expect.stringContaining('the disk can only be read'),
      });
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', disk!]);
    }
  });
});

it('paths that can not be are errors that say why', async () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'folder.keras'));
  const save = (...path: string[]): Promise<void> => modelOf(1).save(join(folder, ...path));
  const denied = (message: string): object => ({
    code: 'IBEX_FILE_ACCESS',
    message: expect.stringContaining(message),
  });
  await expect(save('missing', 'model.keras')).rejects.toMatchObject(denied('no such file or folder'));
  await expect(save('file', 'model.keras')).rejects.toMatchObject(denied('a part of its path is no folder'));
  await expect(save('folder.keras')).rejects.toMatchObject(denied('it is a folder'));
  await expect(loadModel(join(folder, 'other.keras'))).rejects.toMatchObject(
    denied('no such file or folder'),
  );
  expect(readdirSync(folder).sort()).toEqual(['file', 'folder.keras']);
});

it('a process that is killed while it saves leaves the old file whole; what it left is removed later', async () => {
  const path = join(folder, 'model.keras');
  await modelOf(0).save(path);
  // Saves a large model to the same place, again and again.
  const program = `
    import { Input, layers, Sequential } from 'ibex';
    const model = new Sequential([Input([1500]), new layers.Dense(2000, { kernelInitializer: 'ones' })]);
    for (;;) await model.save(process.argv[1]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    cwd: join(root, 'tests'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const leftovers = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));
  while (leftovers().length === 0) {
    expect(child.exitCode).toBe(null);
    await sleep(1);
  }
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));

  // Whichever of the two was there last.
  const [kernel] = (await loadModel(path)).getWeights();
  const values = new Set<number>((await kernel!.data()) as Float32Array);
  expect([0, 1]).toContain([...values][0]);
  expect(values.size).toBe(1);

  const temporary = join(folder, 'model.keras.0123456789ab.tmp');
  writeFileSync(temporary, 'cut off');
  const strange = join(folder, 'model.keras.mine.tmp');
  writeFileSync(strange, 'of somebody else');
  const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
  for (const file of [...leftovers().map((name) => join(folder, name)), strange]) utimesSync(file, old, old);
  const fresh = join(folder, 'model.keras.ba9876543210.tmp');
  writeFileSync(fresh, 'under way');
  await modelOf(1).save(path);
  expect(readdirSync(folder).sort()).toEqual([
    'model.keras',
    'model.keras.ba9876543210.tmp',
    'model.keras.mine.tmp',
  ]);
});

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBinaryTarget } from './binary.js';
import { loadAddon } from './load.js';

const built = join(dirname(fileURLToPath(import.meta.url)), '..', 'build', 'Release', 'ibex.node');
const addonPath = process.env['IBEX_ADDON_PATH'] ?? built;
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'index.js');
let folder: string;

beforeAll(async () => {
  const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-b', join(repository, 'packages', 'native')]);
  folder = await mkdtemp(join(tmpdir(), 'ibex-addon-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Loads an addon from a path in a process of its own: the error's code and message, or `loaded`. */
function load(path: string): Promise<{ code: string; message: string }> {
  const program = `import { loadAddon } from ${JSON.stringify(dist)};
    try { loadAddon(); console.log(JSON.stringify({ code: 'loaded', message: '' })); }
    catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })); }`;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', program],
      { env: { ...process.env, IBEX_ADDON_PATH: path } },
      (error, stdout) => {
        if (error) reject(error);
        else resolve(JSON.parse(stdout) as { code: string; message: string });
      },
    );
  });
}

describe('an addon that can not be used', () => {
  test('is reported as missing, with how to build it', async () => {
    const { code, message } = await load(join(folder, 'nowhere.node'));
    expect(code).toBe('IBEX_ADDON_MISSING');
    expect(message).toContain('nowhere.node');
    expect(message).toContain('npm run build');
  });

  test('is reported as built for another processor', async () => {
    const path = join(folder, 'foreign.node');
    await copyFile(addonPath, path);
    const file = await open(path, 'r+');
    const machine = process.arch === 'arm64' ? 62 : 183; // ELF's numbers of x86-64 and AArch64
    await file.write(Uint8Array.of(machine, 0), 0, 2, 18);
    await file.close();
    const { code, message } = await load(path);
    expect(code).toBe('IBEX_ADDON_INCOMPATIBLE');
    expect(message).toContain(process.arch === 'arm64' ? 'linux-x64' : 'linux-arm64');
    expect(message).toContain(`${process.platform}-${process.arch}`);
  });

  test('is reported as damaged when it is cut off or no library at all', async () => {
    const cut = join(folder, 'cut.node');
    await writeFile(cut, (await readFile(addonPath)).subarray(0, 4096));
    expect(await load(cut)).toMatchObject({
      code: 'IBEX_ADDON_INCOMPATIBLE',
      message: expect.stringContaining('cut off'),
    });
    const text = join(folder, 'text.node');
    await writeFile(text, 'This is no library. '.repeat(8));
    expect(await load(text)).toMatchObject({
      code: 'IBEX_ADDON_INCOMPATIBLE',
      message: expect.stringContaining('no native addon'),
    });
  });

  test('is told apart by its header', () => {
    expect(readBinaryTarget(addonPath)).toEqual({
      platform: process.platform,
      arch: process.arch,
      truncated: false,
    });
  });
});

describe('the addon', () => {
  const addon = loadAddon();

  test('says how it was built', () => {
    expect(addon.buildInfo()).toMatchObject({ platform: process.platform, arch: process.arch });
    expect(addon.opTableHash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('copies bytes in and out', async () => {
    const buffer = addon.bufferFromData(Float32Array.of(1, 2, 3));
    expect(addon.bufferByteLength(buffer)).toBe(12);
    const copy = new Float32Array(3);
    await addon.bufferRead(buffer, copy);
    expect([...copy]).toEqual([1, 2, 3]);
    addon.bufferReadSync(buffer, new Uint8Array(12));
    addon.bufferRelease(buffer);
  });

  test('refuses handles that are stale, of another kind, or made up', () => {
    const buffer = addon.bufferFromData(new Uint8Array(4));
    const variable = addon.variableCreate(buffer);
    addon.bufferRelease(buffer);
    for (const bad of [buffer, variable, 0, -1, 1.5, 2 ** 40, Number.NaN]) {
      expect(() => addon.bufferByteLength(bad)).toThrow(
        expect.objectContaining({ code: 'IBEX_INVALID_ARGUMENT' }),
      );
    }
    expect(() => addon.bufferFromData('no bytes' as never)).toThrow(
      expect.objectContaining({ code: 'IBEX_INVALID_ARGUMENT' }),
    );
    addon.variableRelease(variable);
    expect(() => addon.variableRelease(variable)).toThrow(
      expect.objectContaining({ code: 'IBEX_INVALID_ARGUMENT' }),
    );
  });

  test('a snapshot keeps its value when its variable is set', () => {
    const first = addon.bufferFromData(Int32Array.of(1));
    const second = addon.bufferFromData(Int32Array.of(2));
    const variable = addon.variableCreate(first);
    const before = addon.variableBuffer(variable);
    addon.variableSet(variable, second);
    const after = addon.variableBuffer(variable);
    const read = (handle: number): number => {
      const value = new Int32Array(1);
      addon.bufferReadSync(handle, value);
      return value[0]!;
    };
    expect([read(before), read(after)]).toEqual([1, 2]);
    expect(() => addon.variableSet(variable, addon.bufferFromData(new Uint8Array(8)))).toThrow(/bytes/);
    for (const handle of [first, second, before, after]) addon.bufferRelease(handle);
    addon.variableRelease(variable);
  });

  test('refuses malformed programs', () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(64),
      Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 255),
    ]) {
      expect(() => addon.programCompile(bytes, {})).toThrow(
        expect.objectContaining({ code: 'IBEX_INVALID_GRAPH' }),
      );
    }
  });

  test('a read into too little room is refused', async () => {
    const buffer = addon.bufferFromData(new Uint8Array(8));
    expect(() => addon.bufferReadSync(buffer, new Uint8Array(4))).toThrow(/8 bytes/);
    addon.bufferRelease(buffer);
  });

  test('memory over the limit is an error that lists what is in use, and leaves the rest alone', () => {
    const kept = addon.bufferFromData(new Uint8Array(1 << 20));
    const { bufferBytes, arenaBytes, poolBytes } = addon.memoryStats();
    addon.setMemoryLimit(bufferBytes + arenaBytes + poolBytes + (1 << 20));
    try {
      expect(() => addon.bufferFromData(new Uint8Array(64 << 20))).toThrow(
        expect.objectContaining({
          code: 'IBEX_OUT_OF_MEMORY',
          message: expect.stringMatching(/largest: [\d.]+ MiB/),
        }),
      );
    } finally {
      addon.setMemoryLimit(0);
    }
    expect(addon.bufferByteLength(kept)).toBe(1 << 20);
    addon.bufferRelease(kept);
  });
});

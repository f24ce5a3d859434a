import { closeSync, openSync, readSync } from 'node:fs';

/** What a shared library's header says that it was built for; `undefined` where it is none that we know. */
export interface BinaryTarget {
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly arch: string;
}

const ELF_MACHINES: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const MACH_CPUS: Readonly<Record<number, string>> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };

export function readBinaryTarget(path: string): BinaryTarget | undefined {
  const header = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, header.length, 0) < 20) return undefined;
  } finally {
    closeSync(file);
  }
  if (header.readUInt32BE(0) === 0x7f454c46) {
    const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
    return { platform: 'linux', arch: ELF_MACHINES[machine] ?? `machine ${machine}` };
  }
  if (header.readUInt32LE(0) === 0xfeedfacf) {
    const cpu = header.readUInt32LE(4);
    return { platform: 'darwin', arch: MACH_CPUS[cpu] ?? `cpu ${cpu}` };
  }
  if (header.toString('latin1', 0, 2) === 'MZ') return { platform: 'win32', arch: 'unknown' };
  return undefined;
}

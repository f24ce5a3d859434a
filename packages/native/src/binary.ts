import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a shared library's header says that it was built for; `undefined` where it is none that we know. */
export interface BinaryTarget {
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly arch: string;
  /** The file ends before its header says. Loading such a one would kill the process. */
  readonly truncated: boolean;
}

const ELF_MACHINES: Readonly<Record<number, string>> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};
const MACH_CPUS: Readonly<Record<number, string>> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };

export function readBinaryTarget(path: string): BinaryTarget | undefined {
  const header = Buffer.alloc(64);
  const file = openSync(path, 'r');
  let size: number;
  try {
    size = fstatSync(file).size;
    if (readSync(file, header, 0, header.length, 0) < header.length) return undefined;
  } finally {
    closeSync(file);
  }
  if (header.readUInt32BE(0) === 0x7f454c46) {
    const littleEndian64 = header[4] === 2 && header[5] === 1;
    const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
    // The section headers come last in what linkers write.
    const end = littleEndian64
      ? Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60)
      : 0;
    return { platform: 'linux', arch: ELF_MACHINES[machine] ?? `machine ${machine}`, truncated: end > size };
  }
  if (header.readUInt32LE(0) === 0xfeedfacf) {
    const cpu = header.readUInt32LE(4);
    return { platform: 'darwin', arch: MACH_CPUS[cpu] ?? `cpu ${cpu}`, truncated: false };
  }
  if (header.toString('latin1', 0, 2) === 'MZ')
    return { platform: 'win32', arch: 'unknown', truncated: false };
  return undefined;
}

import { spawn } from 'node:child_process';

export interface ProcessResult {
  readonly ok: boolean;
  readonly output: string;
  readonly errors: string;
  /** From the process's start to its first output. */
  readonly firstOutputMs: number;
}

/** Runs a program to its end, one way or the other. */
export function tryProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limitSeconds = 300,
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitSeconds * 1000,
    });
    let output = '';
    let errors = '';
    let firstOutputMs = Number.NaN;
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') firstOutputMs = performance.now() - start;
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', (error) => resolve({ ok: false, output, errors: error.message, firstOutputMs }));
    child.on('close', (code) => {
      if (child.killed) errors += `\nIt took longer than ${limitSeconds} s.`;
      resolve({ ok: code === 0, output, errors, firstOutputMs });
    });
  });
}

import { spawn } from 'node:child_process';

const LIMIT_MS = 300_000;

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
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
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
    child.on('close', (code) => resolve({ ok: code === 0, output, errors, firstOutputMs }));
  });
}

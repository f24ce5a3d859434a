import type { Logs } from './callback.js';

/** Where progress is written; `process.stdout` unless a test says otherwise. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const WIDTH = 20;
const INTERVAL_MS = 50;
const BOLD = '\x1b[1m';
const GREEN = '\x1b[32m';
const GREY = '\x1b[37m';
const RESET = '\x1b[0m';

/** The progress line that Keras draws: a bar on a terminal, one plain line at the end elsewhere. */
export class ProgressBar {
  readonly #output: ProgressOutput;
  readonly #animated: boolean;
  readonly #start = performance.now();
  #first: { readonly steps: number; readonly at: number } | undefined;
  #lastDrawn = 0;
  #drawnWidth = 0;

  /** @param target - how many steps there will be; `null` when not known. */
  constructor(
    public target: number | null,
    verbose: 1 | 2,
    output: ProgressOutput = process.stdout,
  ) {
    this.#output = output;
    this.#animated = verbose === 1 && output.isTTY === true;
  }

  /** Whether an update now would be drawn: what it shows costs something to gather. */
  isDue(): boolean {
    return this.#animated && performance.now() - this.#lastDrawn >= INTERVAL_MS;
  }

  /** Notes that steps ended; the first take longest and are left out of the time per step. */
  step(current: number): void {
    this.#first ??= { steps: current, at: performance.now() };
  }

  update(current: number, logs: Logs): void {
    if (!this.isDue()) return;
    const left =
      this.target === null ? undefined : (this.#timePerStep(current) * (this.target - current)) / 1000;
    this.#draw(this.#bar(current), left === undefined ? this.#elapsed() : formatEta(left), current, logs);
    this.#lastDrawn = performance.now();
  }

  finish(logs: Logs): void {
    const total = this.target ?? 0;
    if (this.#animated) {
      this.#draw(this.#bar(total), this.#elapsed(), total, logs);
      this.#output.write('\n');
    } else {
      this.#output.write(
        `${total}/${total} - ${this.#elapsed()} - ${this.#perStep(total)}${formatLogs(logs)}\n`,
      );
    }
  }

  #draw(bar: string, time: string, current: number, logs: Logs): void {
    const info = ` ${BOLD}${time}${RESET} ${this.#perStep(current)}${formatLogs(logs)}`;
    const width = visibleWidth(bar) + visibleWidth(info);
    this.#output.write(`\r${bar}${info}${' '.repeat(Math.max(0, this.#drawnWidth - width))}`);
    this.#drawnWidth = width;
  }

  #bar(current: number): string {
    if (this.target === null) return `${String(current).padStart(7)}/Unknown`;
    const count = `${String(current).padStart(String(this.target).length)}/${this.target}`;
    const done = this.target === 0 ? WIDTH : Math.floor((WIDTH * current) / this.target);
    return `${BOLD}${count}${RESET} ${GREEN}${'━'.repeat(done)}${RESET}${GREY}${'━'.repeat(WIDTH - done)}${RESET}`;
  }

  #timePerStep(current: number): number {
    if (current === 0) return 0;
    const now = performance.now();
    return this.#first !== undefined && current > this.#first.steps
      ? (now - this.#first.at) / (current - this.#first.steps)
      : (now - this.#start) / current;
  }

  #elapsed(): string {
    return `${Math.round((performance.now() - this.#start) / 1000)}s`;
  }

  #perStep(current: number): string {
    const ms = this.#timePerStep(current);
    if (ms >= 1000 || ms === 0) return `${Math.round(ms / 1000)}s/step`;
    return ms >= 1 ? `${Math.round(ms)}ms/step` : `${Math.round(ms * 1000)}us/step`;
  }
}

function formatEta(seconds: number): string {
  const pad = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (seconds > 3600)
    return `${Math.floor(seconds / 3600)}:${pad((seconds % 3600) / 60)}:${pad(seconds % 60)}`;
  return seconds > 60 ? `${Math.floor(seconds / 60)}:${pad(seconds % 60)}` : `${Math.floor(seconds)}s`;
}

/** ` - accuracy: 0.9712 - loss: 9.8000e-04`: four digits, or exponents where those would show nothing. */
export function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${formatValue(value)}`)
    .join('');
}

function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  if (Math.abs(value) > 1e-3) return value.toFixed(4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}

function visibleWidth(text: string): number {
  let width = 0;
  let inEscape = false;
  for (const char of text) {
    if (char === '\x1b') inEscape = true;
    else if (!inEscape) width++;
    else if (char === 'm') inEscape = false;
  }
  return width;
}

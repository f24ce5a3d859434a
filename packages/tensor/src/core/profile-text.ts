import type { CallProfile, Profile, ProgramProfile } from './profile.js';

/** Programs and calls that are listed; the others are summed up. */
const MAX_PROGRAMS = 10;
const MAX_CALLS = 40;

/** A profile as tables, one a program: the calls that took longest first. */
export function formatProfile(profile: Profile): string {
  const gflops = profile.flopsPerSecond / 1e9;
  const half = profile.halfProductFlopsPerSecond / 1e9;
  const gbytes = profile.bytesPerSecond / 1e9;
  const products = half === gflops ? '' : ` (${half.toFixed(0)} in products of 16-bit floats)`;
  const lines = [`Limits of the device: ${gflops.toFixed(0)} GFLOP/s${products}, ${gbytes.toFixed(1)} GB/s.`];
  const programs = [...profile.programs].sort((a, b) => b.milliseconds - a.milliseconds);
  for (const program of programs.slice(0, MAX_PROGRAMS)) lines.push('', ...programLines(program, profile));
  const others = programs.slice(MAX_PROGRAMS);
  if (others.length > 0) {
    lines.push(
      '',
      `${others.length} other programs: ${sum(others, (p) => p.milliseconds).toFixed(1)} ms in all.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function programLines(program: ProgramProfile, profile: Profile): string[] {
  const { runs, calls } = program;
  const inCalls = sum(calls, ({ milliseconds }) => milliseconds);
  const total = program.milliseconds;
  const perRun = (milliseconds: number): string => formatTime(milliseconds / Math.max(runs, 1));
  const share = (milliseconds: number): string => percent(total > 0 ? milliseconds / total : 0);
  const sorted = [...calls].sort((a, b) => b.milliseconds - a.milliseconds);
  const rows = sorted.slice(0, MAX_CALLS).map((call) => {
    const seconds = call.milliseconds / 1e3 / Math.max(call.count, 1);
    const flops = seconds > 0 ? call.flops / seconds : 0;
    const bytes = seconds > 0 ? call.bytes / seconds : 0;
    return [
      formatTime(seconds * 1e3),
      formatTime(call.leastMilliseconds),
      share(call.milliseconds),
      (flops / 1e9).toFixed(1),
      (bytes / 1e9).toFixed(1),
      percent(limitShare(call, profile)),
      formatAmount(call.flops),
      formatAmount(call.bytes),
      String(call.count),
      call.name,
      call.shape,
      call.scope,
    ];
  });
  const header = [
    'time',
    'best',
    'share',
    'GFLOP/s',
    'GB/s',
    'of limit',
    'FLOP',
    'bytes',
    'count',
    'call',
    'result',
    'layer',
  ];
  const lines = alignColumns([header, ...rows], header.indexOf('call'));
  const rest = sorted.slice(MAX_CALLS);
  if (rest.length > 0) {
    const time = sum(rest, ({ milliseconds }) => milliseconds);
    lines.push(`${rest.length} other calls: ${perRun(time)}, ${share(time)}`);
  }
  return [
    `${program.name}: ${perRun(total)} a run, ${runs} runs, ${calls.length} calls; compiled in ${formatTime(program.compileMilliseconds)}`,
    ...lines,
    `between calls: ${perRun(total - inCalls)}, ${share(total - inCalls)}`,
  ];
}

/** How near a call comes to what the machine can do: by its arithmetic or its memory traffic, whichever is nearer. */
function limitShare({ count, milliseconds, flops, bytes, shape }: CallProfile, profile: Profile): number {
  if (milliseconds === 0) return 0;
  const isHalf = /^b?f16\b/.test(shape);
  const flopsPerSecond = isHalf ? profile.halfProductFlopsPerSecond : profile.flopsPerSecond;
  const least = Math.max(flops / flopsPerSecond, bytes / profile.bytesPerSecond);
  return (least * count) / (milliseconds / 1e3);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function formatTime(milliseconds: number): string {
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(1e3 * milliseconds).toFixed(1)} µs`;
}

function formatAmount(amount: number): string {
  for (const [unit, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (amount >= unit) return `${(amount / unit).toFixed(1)}${suffix}`;
  }
  return String(amount);
}

/** Rows as lines; the first `right` columns flush right. */
function alignColumns(rows: readonly (readonly string[])[], right: number): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < right ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** A column of a table; `width` counts the characters within its borders, spaces at both sides included. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right' | 'center';
  readonly width: number;
}

/** A table in box-drawing characters with a heavy head, a line between all rows, and cells broken at spaces. */
export function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  lineLength: number,
): string {
  const widths = fitWidths(columns, lineLength);
  const rule = (left: string, line: string, cross: string, right: string): string =>
    `${left}${widths.map((width) => line.repeat(width + 2)).join(cross)}${right}\n`;
  const row = (cells: readonly string[], bar: string): string => {
    const broken = cells.map((cell, i) => breakText(cell, widths[i]!));
    const height = Math.max(...broken.map((lines) => lines.length));
    let text = '';
    for (let line = 0; line < height; line++) {
      const parts = broken.map((lines, i) => align(lines[line] ?? '', widths[i]!, columns[i]!.align));
      text += `${bar} ${parts.join(` ${bar} `)} ${bar}\n`;
    }
    return text;
  };
  return (
    rule('┏', '━', '┳', '┓') +
    row(
      columns.map(({ title }) => title),
      '┃',
    ) +
    rule('┡', '━', '╇', '┩') +
    rows.map((cells) => row(cells, '│')).join(rule('├', '─', '┼', '┤')) +
    rule('└', '─', '┴', '┘')
  );
}

/** Columns give up width evenly until borders and padding fit into the line too. */
function fitWidths(columns: readonly Column[], lineLength: number): number[] {
  const widths = columns.map(({ width }) => width);
  let excess = widths.reduce((sum, width) => sum + width + 3, 1) - lineLength;
  if (excess <= 0) return widths;
  return widths.map((width, i) => {
    const share = Math.min(width - 1, roundHalfToEven(excess / (widths.length - i)));
    excess -= share;
    return width - share;
  });
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function align(text: string, width: number, how: Column['align']): string {
  if (how === 'left') return text.padEnd(width);
  if (how === 'right') return text.padStart(width);
  const left = Math.floor((width - text.length) / 2);
  return `${' '.repeat(Math.max(0, left))}${text}`.padEnd(width);
}

/** Lines of at most `width` characters, broken at spaces and line ends; a longer word ends in an ellipsis. */
function breakText(text: string, width: number): string[] {
  return text.split('\n').flatMap((part) => breakLine(part, width));
}

function breakLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line !== undefined && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== undefined) lines.push(line);
    line = word.length > width ? `${word.slice(0, width - 1)}…` : word;
  }
  lines.push(line ?? '');
  return lines;
}

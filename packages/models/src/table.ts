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
  // The widest columns shrink first, as the library that Keras prints with does it.
  while (excess > 0) {
    const largest = Math.max(...widths);
    const at = widths.indexOf(largest);
    widths[at]!--;
    excess--;
  }
  return widths;
}

function align(text: string, width: number, how: Column['align']): string {
  if (how === 'left') return text.padEnd(width);
  if (how === 'right') return text.padStart(width);
  const left = Math.floor((width - text.length) / 2);
  return `${' '.repeat(Math.max(0, left))}${text}`.padEnd(width);
}

/** Lines of at most `width` characters, broken at spaces, and within words that are longer. */
function breakText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  lines.push(line);
  return lines;
}

import { writeFile } from 'node:fs/promises';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Draws a training history, epoch by epoch, to an SVG file: losses above, accuracies below. */
export async function drawCurves(
  path: string,
  history: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const values = Object.entries(history).flatMap(([name, series]) =>
    series.map((value, i) => ({
      epoch: i + 1,
      value,
      what: name.replace('val_', ''),
      data: name.startsWith('val_') ? 'validation' : 'training',
    })),
  );
  const spec: TopLevelSpec = {
    background: 'white',
    data: { values },
    facet: { row: { field: 'what', type: 'nominal', sort: 'descending', title: null } },
    spec: {
      width: 420,
      height: 180,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'epoch', type: 'ordinal' },
        y: { field: 'value', type: 'quantitative', scale: { zero: false }, title: null },
        color: { field: 'data', type: 'nominal', title: null },
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  await writeFile(path, await view.toSVG());
}

import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { Callback, type Logs } from '@ibex/models';

export interface CSVLoggerOptions {
  /** Default `','`. */
  readonly separator?: string;
  /** Go on with a file that is there. Default false. */
  readonly append?: boolean;
}

/** Writes the logs of every epoch to a file, a line each, as they come. After `keras.callbacks.CSVLogger`. */
export class CSVLogger extends Callback {
  readonly path: string;
  readonly separator: string;
  readonly append: boolean;
  #columns: readonly string[] | null = null;

  constructor(path: string, { separator = ',', append = false }: CSVLoggerOptions = {}) {
    super();
    this.path = path;
    this.separator = separator;
    this.append = append;
  }

  override async onTrainBegin(): Promise<void> {
    this.#columns = null;
    if (!this.append) {
      await writeFile(this.path, '');
      return;
    }
    const [head = ''] = (await readFile(this.path, 'utf8').catch(() => '')).split(/\r?\n/);
    if (head !== '') this.#columns = head.split(this.separator).slice(1);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const isFirst = this.#columns === null;
    const columns = (this.#columns ??= columnsFor(Object.keys(logs).sort()));
    const head = isFirst
      ? `${['epoch', ...columns].map((name) => this.#quote(name)).join(this.separator)}\n`
      : '';
    const row = [String(epoch), ...columns.map((name) => (name in logs ? String(logs[name]) : 'NA'))];
    await appendFile(this.path, `${head}${row.map((cell) => this.#quote(cell)).join(this.separator)}\n`);
  }

  #quote(cell: string): string {
    return cell.includes(this.separator) || cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
}

/** Validation that comes in later epochs has its columns from the start. */
function columnsFor(names: readonly string[]): readonly string[] {
  if (names.some((name) => name.startsWith('val_'))) return names;
  return [...names, ...names.map((name) => `val_${name}`)];
}

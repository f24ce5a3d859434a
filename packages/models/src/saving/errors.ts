import { IbexError } from '@ibex/tensor';

/** A file that is not what it should be: foreign, truncated, or damaged. */
export class FileFormatError extends IbexError {
  constructor(message: string) {
    super('IBEX_FILE_FORMAT', message);
    this.name = 'FileFormatError';
  }
}

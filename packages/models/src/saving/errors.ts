import { IbexError } from '@ibex/tensor';

/** A file that is not what it should be: foreign, truncated, or damaged. */
export class FileFormatError extends IbexError {
  constructor(message: string) {
    super('IBEX_FILE_FORMAT', message);
    this.name = 'FileFormatError';
  }
}

/** What to do about the system's errors, by their codes. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left on the disk. Make room, or take a folder on another one.',
  EDQUOT: 'the quota is used up. Make room, or take a folder on another disk.',
  EACCES: 'it is not allowed. Take another folder, or change the permissions of the file and its folder.',
  EPERM: 'it is not allowed. Take another folder, or change the permissions of the file and its folder.',
  EROFS: 'the disk can only be read. Take a folder on another one.',
  ENOENT: 'there is no such file or folder.',
  EISDIR: 'it is a folder. Give the name of a file in it.',
  ENOTDIR: 'a part of its path is no folder.',
};

/** A file that can't be read or written; the system's error is its `cause`. What was there before is as it was. */
export class FileAccessError extends IbexError {
  constructor(what: 'read' | 'written', path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super('IBEX_FILE_ACCESS', `${path} can't be ${what}: ${ADVICE[code ?? ''] ?? message}`, { cause });
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface CodeBlock {
  /** The line of the document where the code starts. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export function readDocument(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** The fenced code of a Markdown document. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length + 1,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }));
}

/** What is written in code: blocks, and spans between back quotes. */
export function codeText(markdown: string): string {
  const blocks = codeBlocks(markdown).map(({ code }) => code);
  const spans = [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(
    (match) => match[1] ?? '',
  );
  return [...blocks, ...spans].join('\n');
}

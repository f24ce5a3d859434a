// What the documents say holds: their code compiles against the built packages, their commands and files exist.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks, codeText, readDocument, root } from './markdown.js';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/from-keras.md',
  'docs/devices.md',
  'docs/mixed-precision.md',
];
const folder = join(root, 'tests', 'docs', 'build');

/** Each TypeScript block is a module of its own. */
const modules = documents.flatMap((document) =>
  codeBlocks(readDocument(document))
    .filter(({ language }) => language === 'ts')
    .map(({ line, code }) => ({
      document,
      line,
      code,
      file: `${document.replace('.md', '').replace('/', '-')}-${line}.ts`,
    })),
);

describe('code in the documents', () => {
  let output = '';

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { code, file } of modules) writeFileSync(join(folder, file), code);
    const config = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: { composite: false, noEmit: true, skipLibCheck: false },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    output = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: folder,
    }).stdout;
  });

  it.each(modules)('$document, line $line', ({ file }) => {
    expect(output.split('\n').filter((line) => line.startsWith(file))).toEqual([]);
  });

  it('uses declarations that are right by themselves', () => {
    expect(
      output
        .split('\n')
        .filter(
          (line) => /^\S/.test(line) && !modules.some(({ file }) => line.startsWith(file)) && line !== '',
        ),
    ).toEqual([]);
  });
});

describe.each(documents)('%s', (document) => {
  const text = readDocument(document);
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };

  it('names scripts that exist', () => {
    const named = [...codeText(text).matchAll(/\b(?:npm|pnpm) run ([\w:-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(
      links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(document), link))),
    ).toEqual([]);
  });

  it('names folders and files that exist', () => {
    const paths = [
      ...codeText(text).matchAll(
        /(?<![\w./])(?:packages|native|tests|scripts|examples|benchmarks)\/[\w./*-]+/g,
      ),
    ];
    // Patterns, and what is built.
    const products = /\*|\/(build|dist|prebuilds)\b/;
    const missing = paths
      .map(([path]) => path)
      .filter((path) => !products.test(path) && !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});

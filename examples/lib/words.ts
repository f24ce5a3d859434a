/** The most frequent words of texts, numbered by how frequent they are; 0 stands for padding and 1 for all other words. */
export class Vocabulary {
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(texts: readonly string[], size: number) {
    const counts = new Map<string, number>();
    for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, size - 2);
    this.#numbers = new Map(frequent.map(([word], i) => [word, i + 2]));
  }

  /** The first `length` words of each text as numbers, row by row, padded with 0. */
  encode(texts: readonly string[], length: number): Int32Array {
    const rows = new Int32Array(texts.length * length);
    texts.forEach((text, row) => {
      wordsOf(text)
        .slice(0, length)
        .forEach((word, i) => {
          rows[row * length + i] = this.#numbers.get(word) ?? 1;
        });
    });
    return rows;
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z']+|[0-9]+|[!$%?]/g) ?? [];
}

const encoder = new TextEncoder();

/** A growing buffer of 32-bit words, in which programs are written for the core (little endian). */
export class WordWriter {
  #words = new Uint32Array(1024);
  #length = 0;

  /** Starts anew, in the same memory. */
  reset(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  u32(value: number): void {
    if (this.#length === this.#words.length) this.#grow(1);
    this.#words[this.#length++] = value;
  }

  /** Overwrites a word written before. */
  patch(at: number, value: number): void {
    this.#words[at] = value;
  }

  i64(value: number): void {
    this.u32(value | 0);
    // The low word of a number beyond 2^32 is its remainder; the shift above takes it modulo 2^32 already.
    this.u32(Math.floor(value / 4294967296));
  }

  f64(value: number): void {
    float[0] = value;
    this.u32(floatWords[0]!);
    this.u32(floatWords[1]!);
  }

  /** Length in bytes, then the bytes, padded with zeros to whole words. */
  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    const words = (bytes.length + 3) >>> 2;
    this.#grow(words);
    // The memory may hold an earlier program.
    if (words > 0) this.#words[this.#length + words - 1] = 0;
    new Uint8Array(this.#words.buffer).set(bytes, this.#length * 4);
    this.#length += words;
  }

  string(text: string): void {
    this.bytes(encoder.encode(text));
  }

  /** What was written, as a view: valid until more is written. */
  view(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.#length * 4);
  }

  #grow(words: number): void {
    if (this.#length + words <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(this.#words.length * 2, this.#length + words));
    larger.set(this.#words.subarray(0, this.#length));
    this.#words = larger;
  }
}

const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

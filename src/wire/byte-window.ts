/** A growing byte buffer read from the front. Amortised linear however small the pieces arrive (a drip of single bytes). */
export class ByteWindow {
  #store = new Uint8Array(4096);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    const wanted = this.length + bytes.length;
    if (this.#end + bytes.length > this.#store.length) {
      const target =
        wanted > this.#store.length ? new Uint8Array(Math.max(wanted, this.#store.length * 2)) : this.#store;
      target.set(this.#store.subarray(this.#start, this.#end), 0);
      this.#store = target;
      this.#end = this.length;
      this.#start = 0;
    }
    this.#store.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  at(index: number): number | undefined {
    return index < this.length ? this.#store[this.#start + index] : undefined;
  }

  /** Index of `needle` from `from` on, or -1. */
  indexOf(needle: Uint8Array | number, from: number): number {
    const view = Buffer.from(this.#store.buffer, this.#start, this.length);
    return view.indexOf(needle, from);
  }

  /** A copy, safe to keep. */
  copy(from: number, to: number): Uint8Array {
    return this.#store.slice(this.#start + from, this.#start + Math.min(to, this.length));
  }

  latin1(from: number, to: number): string {
    return Buffer.from(this.#store.buffer, this.#start + from, Math.min(to, this.length) - from).toString('latin1');
  }

  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
      if (this.#store.length > 1 << 20) this.#store = new Uint8Array(4096);
    }
  }
}

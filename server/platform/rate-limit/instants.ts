/** Instants in the order they came: a ring that grows to as many as are kept at once. Adding and forgetting the oldest is O(1). */
export class Instants {
  #ring = new Float64Array(2);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }
  get oldest(): number | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }
  get newest(): number | undefined {
    return this.#size === 0 ? undefined : this.at(this.#size - 1);
  }

  /** From 0, the oldest, on. */
  at(index: number): number {
    // The ring's length is a power of two.
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)] as number;
  }

  add(instant: number): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = instant;
    this.#size += 1;
  }

  /** Forgets those up to `instant`, itself included. */
  forgetUntil(instant: number): void {
    if (this.#size === 0 || this.at(0) > instant) return;
    let [kept, passed] = [this.#size, 0];
    while (passed < kept) {
      const middle = (passed + kept) >> 1;
      if (this.at(middle) <= instant) passed = middle + 1;
      else kept = middle;
    }
    this.#head = (this.#head + kept) & (this.#ring.length - 1);
    this.#size -= kept;
  }

  /** Takes out one; the newest of equals. */
  remove(instant: number): void {
    let index = this.#size - 1;
    while (index >= 0 && this.at(index) !== instant) index--;
    if (index < 0) return;
    for (; index < this.#size - 1; index++) this.#ring[(this.#head + index) & (this.#ring.length - 1)] = this.at(index + 1);
    this.#size -= 1;
  }

  #grow(): void {
    const ring = new Float64Array(2 * this.#size);
    ring.set(this.#ring.subarray(this.#head));
    ring.set(this.#ring.subarray(0, this.#head), this.#ring.length - this.#head);
    this.#ring = ring;
    this.#head = 0;
  }
}

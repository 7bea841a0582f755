/** How long the last answers took. */

/** Answers that are looked back on. */
const length = 1000;

export class LatencyWindow {
  readonly #values: number[] = [];

  /** @param value s */
  add(value: number): this {
    this.#values.push(value);
    if (this.#values.length > length) this.#values.shift();
    return this;
  }

  /** Median and 99th percentile, s; 0 before there was an answer. */
  quantiles(): { readonly p50: number; readonly p99: number } {
    const sorted = [...this.#values].sort((a, b) => a - b);
    const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

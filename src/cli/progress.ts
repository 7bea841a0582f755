/** Progress of a long command: one line that is redrawn on a terminal, a plain line every 10 s elsewhere. */

/** Where a stage stands; `note` is shown behind the counts, e.g. the success rate so far. */
export type ProgressState = {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Wall time since the start [s]. */
  readonly elapsed: number;
  /** Work already there when the clock started (a resumed stage): it says nothing about the present speed. */
  readonly doneAtStart?: number;
  readonly note?: string;
};

const barWidth = 24;

/** Seconds as a person reads them: `8 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}

/** Seconds until `total` at the mean speed since the start, or undefined before anything was done. */
export function remainingSeconds({
  done,
  total,
  elapsed,
  doneAtStart = 0,
}: ProgressState): number | undefined {
  const progress = done - doneAtStart;
  if (progress <= 0 || elapsed <= 0) return undefined;
  return Math.max(0, ((total - done) * elapsed) / progress);
}

/** The bar's text: `train [######------] 5000/20000  25 %  elapsed 1 min 00 s  left 3 min 00 s  success 62 %`. */
export function progressText(state: ProgressState): string {
  const { label, done, total, elapsed, note } = state;
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.floor(share * barWidth);
  const left = remainingSeconds(state);
  return [
    `${label} [${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${done}/${total}`,
    `${Math.floor(share * 100)} %`.padStart(5),
    `elapsed ${formatDuration(elapsed)}`,
    done >= total ? undefined : left === undefined ? 'left ?' : `left ${formatDuration(left)}`,
    note,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('  ');
}

/** What a progress display writes to: standard error, so that standard output stays for results. */
export type ProgressStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

/** Seconds between two lines where the line cannot be redrawn. */
const plainPeriod = 10;

/** Shows a stage's progress on a stream. Time is read from `now` [s], a clock that never goes back. */
export class ProgressDisplay {
  readonly #start: number;
  #lastPlain: number;
  #open = false;
  #doneAtStart: number | undefined;

  constructor(
    private readonly label: string,
    private readonly stream: ProgressStream = process.stderr,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#start = now();
    this.#lastPlain = this.#start;
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return this.now() - this.#start;
  }

  /** Redraws the line, or writes a new one if the last is 10 s old. */
  update(done: number, total: number, note = ''): void {
    this.#doneAtStart ??= done;
    const text = this.#text(done, total, note);
    if (this.stream.isTTY === true) {
      this.stream.write(`\r\u001b[2K${text.slice(0, (this.stream.columns ?? 100) - 1)}`);
      this.#open = true;
    } else if (this.now() - this.#lastPlain >= plainPeriod) {
      this.#lastPlain = this.now();
      this.stream.write(`${text}\n`);
    }
  }

  /** Writes the final line. */
  finish(done: number, total: number, note = ''): void {
    const text = this.#text(done, total, note);
    this.stream.write(this.#open ? `\r\u001b[2K${text}\n` : `${text}\n`);
    this.#open = false;
  }

  /** Ends an unfinished line, so that what follows (an error) stands on its own. */
  abandon(): void {
    if (this.#open) this.stream.write('\n');
    this.#open = false;
  }

  #text(done: number, total: number, note: string): string {
    const doneAtStart = this.#doneAtStart ?? 0;
    return progressText({ label: this.label, done, total, elapsed: this.elapsed, doneAtStart, note });
  }
}

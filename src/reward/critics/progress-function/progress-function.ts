/** Values of progress code at one moment after the other. */
import { noScene, type Run } from '../../../sim/expression/code.js';
import type { Program } from '../../../sim/expression/program.js';
import { EvaluationError } from '../../../sim/expression/source.js';
import { present, unknown, type Clip, type Judgement, type Moment } from '../../judgement.js';
import { overflow, programsOf, type CompiledProgress } from './compile.js';

/** Rounding errors of progress are not called overflow. */
const rounding = 1e-9;

/** Compiled expressions and what they remember of the moments of one clip. */
export class ProgressFunction {
  #judged: readonly Moment[] = [];
  #last: Judgement = unknown('nothing was judged');

  /** @param compiled programs for this object alone: the memory is theirs */
  constructor(private readonly compiled: CompiledProgress) {}

  /**
   * The judgement of a clip's last moment. A clip that goes on where the last one ended costs its new moments only, so an
   * episode of T moments costs T of them.
   * @throws Error if the clip is empty
   */
  judge(clip: Clip): Judgement {
    present(clip);
    const { moments } = clip;
    const goesOn =
      this.#judged.length <= moments.length && this.#judged.every((moment, i) => moment === moments[i]);
    if (!goesOn) programsOf(this.compiled).forEach((program) => program.reset());
    const unseen = goesOn ? moments.slice(this.#judged.length) : moments;
    this.#judged = moments;
    for (const moment of unseen) this.#last = this.#next(moment);
    return this.#last;
  }

  #next(moment: Moment): Judgement {
    const problem = this.#unfit(moment);
    if (problem !== '') return unknown(problem);
    const run = this.#run(moment);
    const reasons: string[] = [];
    const value = (program: Program<number> | undefined): number | undefined =>
      program === undefined ? undefined : finiteValue(program, run, reasons);
    for (const [name, program] of this.compiled.state) {
      const known = value(program);
      if (known === undefined) return unknown(reasons.join('; '));
      this.#set(run, name, known);
    }
    const { outputs } = this.compiled;
    const raw = value(outputs.progress);
    const progress = raw === undefined ? undefined : Math.min(Math.max(raw, 0), 1);
    const done = share('done', value(outputs.done), reasons);
    const uncertainty = share('uncertainty', value(outputs.uncertainty), reasons);
    const named = this.compiled.components.map(([name, program]) => [name, value(program)] as const);
    const outside = raw === undefined || progress === undefined ? 0 : Math.abs(raw - progress);
    if (outside > rounding) named.push([overflow, outside]);
    const known = named.filter((entry): entry is readonly [string, number] => entry[1] !== undefined);
    return { progress, done, uncertainty, components: Object.fromEntries(known), reason: reasons.join('; ') };
  }

  /** Why nothing can be said of a moment; empty if it can. */
  #unfit({ observed, signs }: Moment): string {
    const { observed: names, signs: read } = this.compiled;
    if (observed.state.length !== names.length)
      return `the observation has ${observed.state.length} numbers, that of the task ${names.length}`;
    const missing = read.filter((name) => signs === undefined || !Object.hasOwn(signs.values, name));
    if (missing.length === 0) return '';
    return signs === undefined
      ? `no task_state came for this step, which tells ${missing.join(', ')}`
      : `task_state does not tell ${missing.join(', ')}`;
  }

  #run({ time, observed, signs }: Moment): Run {
    const run = { scene: noScene(time), quantities: new Float64Array(this.compiled.index.size) };
    this.compiled.observed.forEach((name, i) => this.#set(run, name, observed.state[i]));
    for (const name of this.compiled.signs) this.#set(run, name, signs?.values[name] ?? NaN);
    return run;
  }

  #set({ quantities }: Run, name: string, value: number): void {
    const place = this.compiled.index.get(name);
    if (place !== undefined) quantities[place] = value;
  }
}

/** Takes a moment into the program's memory, and gives its value there; undefined, with the reason, if it has none. */
function finiteValue(program: Program<number>, run: Run, reasons: string[]): number | undefined {
  try {
    program.remember(run);
    return program.value(run);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    reasons.push(error.message);
    return undefined;
  }
}

/** A number in [0, 1] as it is; any other is no probability, and unknown. */
function share(name: string, value: number | undefined, reasons: string[]): number | undefined {
  if (value === undefined || (value >= 0 && value <= 1)) return value;
  reasons.push(`${name} is ${value}, which is not between 0 and 1`);
  return undefined;
}

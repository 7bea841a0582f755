/** Judges an episode by the expressions of its task: quantities, subgoals, success and failure. */
import type { SceneNames, SceneState } from '../scene-state.js';
import type { Run } from './code.js';
import { compileCondition, compileQuantity, type Program } from './program.js';
import { checkQuantityName, namesByKind, type Quantity, type Scope } from './scope.js';

/** What a task file says about judging; expressions are described in docs/expressions.md. */
export type TaskRules = {
  /** named in errors */
  readonly file: string;
  readonly control_rate_hz: number;
  /** expressions by name; each may use those before it */
  readonly quantities: Readonly<Record<string, string>>;
  readonly success: string;
  readonly failure: string;
  /** subgoals in order */
  readonly stages: readonly { readonly name: string; readonly done: string }[];
};

export type Verdict = {
  readonly outcome: 'running' | 'success' | 'failure';
  /** stages done, from the first on without a gap */
  readonly stage: number;
  /** values by quantity in the task file's order, booleans as 0 and 1 */
  readonly quantities: Float64Array;
};

/** Compiled rules and the memory of one episode. */
export class TaskJudge {
  readonly #done: boolean[];
  #outcome: Verdict['outcome'] = 'running';

  private constructor(
    /** names of the quantities */
    readonly names: readonly string[],
    private readonly quantities: readonly Program<number>[],
    private readonly success: Program<boolean>,
    private readonly failure: Program<boolean>,
    private readonly stages: readonly Program<boolean>[],
  ) {
    this.#done = stages.map(() => false);
  }

  /**
   * @param names what the scene knows
   * @throws ConfigError, naming file, key and column, if an expression is not part of the language, has the wrong type, uses
   *   an unknown name, or divides by a constant zero
   */
  static compile(rules: TaskRules, names: SceneNames): TaskJudge {
    const { file, control_rate_hz } = rules;
    const all = Object.keys(rules.quantities);
    const quantities = new Map<string, Quantity>();
    const scope = (done: number): Scope => ({ ...fixed, quantities, later: all.slice(done) });
    const fixed = { control_rate_hz, names: namesByKind(names) };
    const programs = Object.entries(rules.quantities).map(([name, text], index) => {
      checkQuantityName(fixed, file, `quantities.${name}`, name);
      const program = compileQuantity({ file, key: `quantities.${name}`, text }, scope(index));
      quantities.set(name, { index, type: program.type });
      return program;
    });
    const condition = (key: string, text: string): Program<boolean> =>
      compileCondition({ file, key, text }, scope(all.length));
    const success = condition('success', rules.success);
    const failure = condition('failure', rules.failure);
    const stages = rules.stages.map(({ done }, i) => condition(`stages.${i}.done`, done));
    return new TaskJudge(all, programs, success, failure, stages);
  }

  /**
   * Forgets the last episode. The scene at the reset is no control step: nothing has been held yet, and no stage is done.
   * @throws EvaluationError if a quantity has no finite value
   */
  reset(scene: SceneState): Verdict {
    [...this.quantities, this.success, this.failure, ...this.stages].forEach((program) => program.reset());
    this.#outcome = 'running';
    this.#done.fill(false);
    return this.#verdict(this.#measure(scene, false).quantities);
  }

  /**
   * Takes in one more control step. Failure is looked at first; outcome and stages stay as they are once there is an
   * outcome, while quantities go on.
   * @throws EvaluationError if an expression has no finite value; the episode cannot be judged any further
   */
  update(scene: SceneState): Verdict {
    const run = this.#measure(scene, true);
    if (this.#outcome === 'running') {
      const { success, failure, stages } = this;
      // Memory first, and all of it: what is held does not depend on which values are needed below.
      [failure, success, ...stages].forEach((program) => program.remember(run));
      this.#outcome = failure.value(run) ? 'failure' : success.value(run) ? 'success' : 'running';
      stages.forEach((stage, i) => (this.#done[i] ||= stage.value(run)));
    }
    return this.#verdict(run.quantities);
  }

  /** Evaluates the quantities in order, each with those before it. */
  #measure(scene: SceneState, isStep: boolean): Run {
    const run = { scene, quantities: new Float64Array(this.quantities.length) };
    this.quantities.forEach((program, i) => {
      if (isStep) program.remember(run);
      run.quantities[i] = program.value(run);
    });
    return run;
  }

  #verdict(quantities: Float64Array): Verdict {
    const gap = this.#done.indexOf(false);
    return { outcome: this.#outcome, stage: gap === -1 ? this.#done.length : gap, quantities };
  }
}

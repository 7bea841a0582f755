/** Progress code over named state: from expressions to programs. */
import { ConfigError, type SettingsPlace } from '../../../config/config-error.js';
import { observationNames } from '../../../robot/observation-spec.js';
import { compileQuantity, type Program } from '../../../sim/expression/program.js';
import { checkQuantityName, type Quantity, type Scope } from '../../../sim/expression/scope.js';
import type { Task } from '../../../sim/task.js';

/** Expressions (docs/expressions.md) over what is observed. */
export type ProgressSettings = {
  /** intermediate values by name; each may use those before it */
  readonly state: Readonly<Record<string, string>>;
  readonly progress: string;
  readonly done?: string;
  readonly uncertainty?: string;
  readonly components: Readonly<Record<string, string>>;
};

/** The task as far as its names and times go. */
export type NamedTask = Pick<Task, 'observation' | 'quantities' | 'control_rate_hz'>;

export type Outputs = {
  readonly progress: Program<number>;
  readonly done: Program<number> | undefined;
  readonly uncertainty: Program<number> | undefined;
};

/** Programs, and where what they read lies among the quantities of a `Run`. */
export type CompiledProgress = {
  /** by name: what is observed, what task_state tells, then the state */
  readonly index: ReadonlyMap<string, number>;
  /** the elements of an observation, in order */
  readonly observed: readonly string[];
  /** the values of task_state that are read */
  readonly signs: readonly string[];
  readonly state: readonly (readonly [name: string, program: Program<number>])[];
  readonly outputs: Outputs;
  readonly components: readonly (readonly [name: string, program: Program<number>])[];
};

/** The component that says by how much progress was outside of [0, 1], where it was. */
export const overflow = 'overflow';

/** What task_state tells by name: the task's quantities, and how many stages are done. */
export function signNames({ quantities }: Pick<Task, 'quantities'>): readonly string[] {
  return [...Object.keys(quantities), 'stage'];
}

/**
 * Compiles the expressions. Names of observed values have dots in them, those of task_state and of the state have none, so
 * only the latter two could be confused.
 * @param place of the settings; its key is that of the critic, such as `critics.shaped`
 * @throws ConfigError naming file, key and column, if an expression is not part of the language, or a name cannot be used
 */
export function compileProgress(
  settings: ProgressSettings,
  task: NamedTask,
  { file, key }: SettingsPlace,
): CompiledProgress {
  const [observed, signs] = [observationNames(task.observation), signNames(task)];
  const quantities = new Map<string, Quantity>();
  for (const name of new Set([...observed, ...signs]))
    quantities.set(name, { index: quantities.size, type: 'number' });
  const { control_rate_hz } = task;
  const keyOf = (part: string): string => (key === '' ? part : `${key}.${part}`);
  const compile = (part: string, text: string, later: readonly string[] = []): Program<number> => {
    const scope: Scope = { control_rate_hz, names: noNames, quantities, later };
    return compileQuantity({ file, key: keyOf(part), text }, scope);
  };
  const state = Object.entries(settings.state).map(([name, text], i, all) => {
    const part = `state.${name}`;
    checkStateName(name, signs, { file, key: keyOf(part) });
    const later = all.slice(i).map(([name]) => name);
    const program = compile(part, text, later);
    quantities.set(name, { index: quantities.size, type: program.type });
    return [name, program] as const;
  });
  const optional = (part: 'done' | 'uncertainty'): Program<number> | undefined => {
    const text = settings[part];
    return text === undefined ? undefined : compile(part, text);
  };
  const progress = compile('progress', settings.progress);
  const outputs = { progress, done: optional('done'), uncertainty: optional('uncertainty') };
  const components = Object.entries(settings.components).map(([name, text]) => {
    const part = `components.${name}`;
    if (name === overflow) throw new ConfigError(file, keyOf(part), 'this name is taken');
    return [name, compile(part, text)] as const;
  });
  const uses = programsOf({ state, outputs, components }).flatMap((program) => [...program.uses]);
  const index = new Map([...quantities].map(([name, quantity]) => [name, quantity.index]));
  const read = signs.filter((name) => uses.includes(name));
  return { index, observed, signs: read, state, outputs, components };
}

/** All programs, in the order of evaluation. */
export function programsOf({
  state,
  outputs: { progress, done, uncertainty },
  components,
}: Pick<CompiledProgress, 'state' | 'outputs' | 'components'>): readonly Program<number>[] {
  const programs = [...state.map(([, program]) => program), progress, done, uncertainty];
  return [...programs, ...components.map(([, program]) => program)].filter(
    (program) => program !== undefined,
  );
}

/** There is no scene: a robot knows what it observes, and no poses beside that. */
const noNames: Scope['names'] = { place: new Set(), body: new Set(), joint: new Set() };

function checkStateName(name: string, signs: readonly string[], { file, key }: SettingsPlace): void {
  checkQuantityName({ names: noNames }, file, key, name);
  if (signs.includes(name)) throw new ConfigError(file, key, `'${name}' is already a quantity of the task`);
}

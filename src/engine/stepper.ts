import { compileEagerSteps } from './eager-stepper.js';
import { nativeLibrary } from './native/library.js';
import { compileNativeSteps } from './native/native-stepper.js';
import { NotNative } from './native/translate.js';
import { compileOnnxSteps } from './onnx/onnx-stepper.js';
import { checkDisjoint, type StepFeeds, type StepPrograms } from './stepping.js';
import type { CompileOptions, Program, Signature, Stepper, Values } from './types.js';
import { checkFinite, checkValues } from './values.js';

/**
 * Compiles programs that share one state, such as a critic's step and an actor's. Each is a function of state and
 * feeds; an output named like state (same shape and dtype) replaces it, the others come back from `step`. A program
 * that does not read a tensor of the state is not fed it.
 * @param initial a value for every tensor of the state
 * @throws Error on names that are both state and feed, on an output that does not fit the state it replaces, on an engine that
 * cannot run the programs
 */
export async function compileSteps<Name extends string>(
  programs: StepPrograms<Name>,
  state: Signature,
  feeds: StepFeeds<Name>,
  initial: Values,
  options: CompileOptions = {},
): Promise<Stepper<Name>> {
  checkValues('initial state', initial, state);
  for (const [name, data] of Object.entries(initial)) checkFinite('initial state', name, data);
  for (const name of Object.keys(programs) as Name[]) checkDisjoint(name, state, feeds[name]);
  const { engine = 'auto', device = 'cpu', threads = 1 } = options;
  if (engine === 'tfjs') return compileEagerSteps(programs, state, feeds, initial, options);
  if (engine === 'native' || (engine === 'auto' && device === 'cpu')) {
    const { library, missing } = nativeLibrary();
    try {
      if (library === undefined) throw new NotNative(missing);
      return compileNativeSteps(library, programs, state, feeds, initial, threads);
    } catch (error) {
      if (!(error instanceof NotNative)) throw error;
      if (engine === 'native')
        throw new Error(`the native engine cannot run this: ${error.message}`, { cause: error });
    }
  }
  return compileOnnxSteps(programs, state, feeds, initial, options);
}

/** As `compileSteps`, for one program; its steps are called `step`. */
export async function compileStep(
  program: Program,
  state: Signature,
  feeds: Signature,
  initial: Values,
  options: CompileOptions = {},
): Promise<Omit<Stepper, 'step'> & { step(feeds: Values): Promise<Values> }> {
  const stepper = await compileSteps({ step: program }, state, { step: feeds }, initial, options);
  return {
    device: stepper.device,
    step: (values) => stepper.step('step', values),
    read: (names) => stepper.read(names),
    write: (values) => stepper.write(values),
    dispose: () => stepper.dispose(),
  };
}

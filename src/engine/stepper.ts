import ort from 'onnxruntime-node';
import { createSession } from './devices.js';
import { compileEagerSteps } from './eager-stepper.js';
import type { Traced } from './onnx/trace.js';
import { trace } from './onnx/trace.js';
import { emptyOrt, freeOrt, fromOrt, toOrt } from './session.js';
import type { CompileOptions, Program, Signature, Stepper, Values } from './types.js';
import { checkFinite, checkLength, checkValues } from './values.js';

/** Programs over one state, with what each is fed beside it. */
export type StepPrograms<Name extends string> = Readonly<Record<Name, Program>>;
/** What each program is fed at every step. */
export type StepFeeds<Name extends string> = Readonly<Record<Name, Signature>>;

type LoadedProgram = {
  readonly traced: Traced;
  readonly feeds: Signature;
  readonly session: ort.InferenceSession;
};

/**
 * Compiles programs that share one state, such as a critic's step and an actor's. Each is a function of state and
 * feeds; an output named like state (same shape and dtype) replaces it, the others come back from `step`. A program
 * that does not read a tensor of the state is not fed it. The state stays in two sets of buffers the runtime reads from and
 * writes into in turn, so a step on the CPU copies nothing.
 * @param initial a value for every tensor of the state
 * @throws Error on names that are both state and feed, on an output that does not fit the state it replaces
 */
export async function compileSteps<Name extends string>(
  programs: StepPrograms<Name>,
  state: Signature,
  feeds: StepFeeds<Name>,
  initial: Values,
  options: CompileOptions = {},
): Promise<Stepper<Name>> {
  const names = Object.keys(programs) as Name[];
  checkValues('initial state', initial, state);
  for (const [name, data] of Object.entries(initial)) checkFinite('initial state', name, data);
  for (const name of names) checkDisjoint(name, state, feeds[name]);
  if (options.engine === 'tfjs') return compileEagerSteps(programs, state, feeds, initial, options);
  const loaded = new Map<Name, LoadedProgram>();
  let device = 'cpu';
  for (const name of names) {
    const traced = trace(programs[name], { ...state, ...feeds[name] }, { passThrough: Object.keys(state) });
    checkReplaced(name, traced.outputs, state);
    const created = await createSession(traced.bytes, options.device ?? 'cpu', options.threads ?? 1);
    device = created.device;
    loaded.set(name, { traced, feeds: feeds[name], session: created.session });
  }
  return new OnnxStepper(loaded, state, initial, device);
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

function checkDisjoint(program: string, state: Signature, feeds: Signature): void {
  for (const name of Object.keys(feeds)) {
    if (name in state) throw new Error(`program '${program}': '${name}' is both state and feed`);
  }
}

/** @throws Error when an output named like state has another shape or dtype */
export function checkReplaced(program: string, outputs: Signature, state: Signature): void {
  for (const [name, spec] of Object.entries(outputs)) {
    if (!(name in state)) continue;
    const [got, wanted] = [spec, state[name]].map((s) => `${s.dtype ?? 'float32'}[${s.shape.join(', ')}]`);
    if (got !== wanted)
      throw new Error(`program '${program}': state '${name}' is ${wanted}, its new value ${got}`);
  }
}

class OnnxStepper<Name extends string> implements Stepper<Name> {
  /** The present state. */
  readonly #front = new Map<string, ort.Tensor>();
  /** Buffers the next state is written into. */
  readonly #back = new Map<string, ort.Tensor>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly programs: ReadonlyMap<Name, LoadedProgram>,
    private readonly state: Signature,
    initial: Values,
    readonly device: string,
  ) {
    for (const [name, spec] of Object.entries(state)) {
      this.#front.set(name, toOrt(initial[name].slice(), spec));
      this.#back.set(name, emptyOrt(spec));
    }
  }

  step(name: Name, feeds: Values): Promise<Values> {
    // One after another: a step reads the state the one before it wrote.
    const next = this.#last.then(() => this.#run(name, feeds));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async read(names: readonly string[] = Object.keys(this.state)): Promise<Values> {
    await this.#last;
    const entries = names.map((name) => [name, Float32Array.from(fromOrt(this.#tensor(name)))] as const);
    return Object.fromEntries(entries);
  }

  write(values: Values): void {
    for (const [name, data] of Object.entries(values)) {
      if (!(name in this.state)) throw unknownState(name, this.state);
      checkLength('write', name, data, this.state[name]);
      checkFinite('write', name, data);
    }
    // A fresh tensor, as a step that is under way may be reading or writing the buffers there are.
    const fresh = Object.entries(values).map(
      ([name, data]) => [name, toOrt(data.slice(), this.state[name])] as const,
    );
    this.#last = this.#last.then(() => {
      for (const [name, tensor] of fresh) this.#front.set(name, tensor);
    });
  }

  async dispose(): Promise<void> {
    await this.#last;
    for (const { session } of this.programs.values()) await session.release();
  }

  async #run(name: Name, feeds: Values): Promise<Values> {
    const program = this.programs.get(name);
    if (program === undefined)
      throw new Error(`no program '${name}'; known: ${[...this.programs.keys()].join(', ')}`);
    checkValues(`step '${name}'`, feeds, program.feeds);
    const { inputs, outputValues } = program.traced;
    const given: Record<string, ort.Tensor> = {};
    for (const [input, spec] of Object.entries(inputs)) {
      given[input] = input in this.state ? this.#tensor(input) : toOrt(feeds[input], spec);
    }
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [output, value] of Object.entries(outputValues))
      fetches[value] = this.#back.get(output) ?? null;
    const results = await program.session.run(given, fetches);
    return this.#accept(outputValues, results);
  }

  #accept(
    outputValues: Readonly<Record<string, string>>,
    results: ort.InferenceSession.OnnxValueMapType,
  ): Values {
    const rest: Values = {};
    for (const [output, value] of Object.entries(outputValues)) {
      const written = this.#back.get(output);
      if (written === undefined) {
        rest[output] = fromOrt(results[value]);
        continue;
      }
      const copy = results[value];
      if (copy.data !== written.data) freeOrt(copy);
      this.#back.set(output, this.#tensor(output));
      this.#front.set(output, written);
    }
    return rest;
  }

  #tensor(name: string): ort.Tensor {
    const tensor = this.#front.get(name);
    if (tensor === undefined) throw unknownState(name, this.state);
    return tensor;
  }
}

/** The error for a name the state does not have. */
export function unknownState(name: string, state: Signature): Error {
  return new Error(`no state '${name}'; known: ${Object.keys(state).join(', ')}`);
}

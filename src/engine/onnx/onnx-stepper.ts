/** `compileSteps` on ONNX Runtime. */
import type ort from 'onnxruntime-node';
import { createSession } from '../devices.js';
import { emptyOrt, freeOrt, fromOrt, toOrt } from '../session.js';
import { checkReplaced, unknownState, type StepFeeds, type StepPrograms } from '../stepping.js';
import { PacedWork, type Turns } from '../turns.js';
import type { CompileOptions, Signature, Stepper, Values } from '../types.js';
import { checkFinite, checkLength, checkValues } from '../values.js';
import { trace, type Traced } from './trace.js';

type LoadedProgram = {
  readonly traced: Traced;
  readonly feeds: Signature;
  readonly session: ort.InferenceSession;
  readonly work: PacedWork;
};

/**
 * As `compileSteps`. The names and values have been checked. The state stays in two sets of buffers the runtime reads from and
 * writes into in turn, so a step on the CPU copies nothing.
 */
export async function compileOnnxSteps<Name extends string>(
  programs: StepPrograms<Name>,
  state: Signature,
  feeds: StepFeeds<Name>,
  initial: Values,
  options: CompileOptions,
): Promise<Stepper<Name>> {
  const loaded = new Map<Name, LoadedProgram>();
  let device = 'cpu';
  for (const name of Object.keys(programs) as Name[]) {
    const traced = trace(programs[name], { ...state, ...feeds[name] }, { passThrough: Object.keys(state) });
    checkReplaced(name, traced.outputs, state);
    const created = await createSession(traced.bytes, options.device ?? 'cpu', options.threads ?? 1);
    device = created.device;
    const work = new PacedWork();
    loaded.set(name, { traced, feeds: feeds[name], session: created.session, work });
  }
  return new OnnxStepper(loaded, state, initial, device);
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

  step(name: Name, feeds: Values, turns?: Turns): Promise<Values> {
    // One after another: a step reads the state the one before it wrote.
    const next = this.#last.then(() => this.#run(name, feeds, turns));
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

  async #run(name: Name, feeds: Values, turns: Turns | undefined): Promise<Values> {
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
    const results = await program.work.do(() => program.session.run(given, fetches), turns);
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

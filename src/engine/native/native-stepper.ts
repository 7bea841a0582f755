/** `compileSteps` on the native engine: state, feeds and results lie in one arena, updates are made in place. */
import { traceGraph } from '../onnx/trace.js';
import { checkReplaced, unknownState, type StepFeeds, type StepPrograms } from '../stepping.js';
import type { Turns } from '../turns.js';
import type { Signature, Stepper, Values } from '../types.js';
import { checkFinite, checkLength, checkValues, sizeOf } from '../values.js';
import type { Library, Machine } from './library.js';
import { PartedProgram } from './parts.js';
import { layOut, layOutScratch, plan, type Planned } from './planner.js';
import { Block } from './step.js';
import { NotNative } from './translate.js';

type NativeProgram = { readonly planned: Planned; readonly parted: PartedProgram };

/**
 * As `compileSteps`. The names and values have been checked.
 * @throws NotNative if a program has something that the native engine has not
 */
export function compileNativeSteps<Name extends string>(
  library: Library,
  programs: StepPrograms<Name>,
  state: Signature,
  feeds: StepFeeds<Name>,
  initial: Values,
  threads: number,
): Stepper<Name> {
  for (const { dtype = 'float32' } of Object.values(state))
    if (dtype !== 'float32') throw new NotNative(`state of ${dtype}`);
  const blocks = new Map(
    Object.entries(state).map(([name, spec]) => [name, new Block(sizeOf(spec.shape), 'state')] as const),
  );
  const names = Object.keys(programs) as Name[];
  const planned = new Map(
    names.map((name) => {
      const options = { passThrough: Object.keys(state), native: true };
      const recorded = traceGraph(programs[name], { ...state, ...feeds[name] }, options);
      checkReplaced(name, recorded.outputs, state);
      return [name, plan(recorded, blocks)] as const;
    }),
  );
  return new NativeStepper(library, planned, { blocks, state, feeds }, initial, threads);
}

/** What a stepper's state is, and where. */
type Layout<Name extends string> = {
  readonly blocks: ReadonlyMap<string, Block>;
  readonly state: Signature;
  readonly feeds: StepFeeds<Name>;
};

class NativeStepper<Name extends string> implements Stepper<Name> {
  readonly device = 'cpu (native)';
  readonly #machine: Machine;
  readonly #memory: Float32Array;
  readonly #programs: ReadonlyMap<Name, NativeProgram>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    library: Library,
    planned: ReadonlyMap<Name, Planned>,
    private readonly layout: Layout<Name>,
    initial: Values,
    threads: number,
  ) {
    let end = layOut(layout.blocks.values(), 0);
    for (const { feeds, constants } of planned.values()) end = layOut([...feeds.values(), ...constants], end);
    const size = Math.max(...[...planned.values()].map((program) => layOutScratch(program, end)));
    this.#machine = library.create(size, threads);
    this.#memory = new Float32Array(library.memory(this.#machine, size));
    const programs = new Map<Name, NativeProgram>();
    for (const [name, program] of planned) {
      for (const { values, place } of program.constants) this.#memory.set(values ?? [], place);
      programs.set(name, {
        planned: program,
        parted: new PartedProgram(library, this.#machine, program.steps),
      });
    }
    this.#programs = programs;
    this.#set(initial);
  }

  step(name: Name, feeds: Values, turns?: Turns): Promise<Values> {
    // One after another: a step reads the state the one before it wrote.
    const next = this.#last.then(() => this.#run(name, feeds, turns));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async read(names: readonly string[] = Object.keys(this.layout.state)): Promise<Values> {
    await this.#last;
    return Object.fromEntries(names.map((name) => [name, this.#copy(this.#block(name))]));
  }

  write(values: Values): void {
    for (const [name, data] of Object.entries(values)) {
      this.#block(name);
      checkLength('write', name, data, this.layout.state[name]);
      checkFinite('write', name, data);
    }
    const copies = Object.fromEntries(Object.entries(values).map(([name, data]) => [name, data.slice()]));
    this.#last = this.#last.then(() => this.#set(copies));
  }

  async dispose(): Promise<void> {
    await this.#last;
  }

  async #run(name: Name, values: Values, turns: Turns | undefined): Promise<Values> {
    const program = this.#programs.get(name);
    if (program === undefined)
      throw new Error(`no program '${name}'; known: ${[...this.#programs.keys()].join(', ')}`);
    checkValues(`step '${name}'`, values, this.layout.feeds[name]);
    const { feeds, results } = program.planned;
    for (const [feed, { place }] of feeds) this.#memory.set(values[feed], place);
    await program.parted.run(turns);
    return Object.fromEntries([...results].map(([result, block]) => [result, this.#copy(block)]));
  }

  #set(values: Values): void {
    for (const [name, data] of Object.entries(values)) this.#memory.set(data, this.#block(name).place);
  }

  #copy({ place, size }: Block): Float32Array {
    return this.#memory.slice(place, place + size);
  }

  #block(name: string): Block {
    const block = this.layout.blocks.get(name);
    if (block === undefined) throw unknownState(name, this.layout.state);
    return block;
  }
}

import type { Tensor } from '@tensorflow/tfjs';
import { loadTfjsBackend, readOnce, toTensor, withBackend } from './eager.js';
import { checkReplaced, unknownState } from './stepping.js';
import * as tf from './tf.js';
import { PacedWork, type Turns } from './turns.js';
import type { CompileOptions, Program, Signature, Stepper, Values } from './types.js';
import { checkFinite, checkLength, checkValues } from './values.js';

/** `compileSteps` on an eager tfjs backend: the state is a set of kept tfjs tensors. */
export async function compileEagerSteps<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
  state: Signature,
  feeds: Readonly<Record<Name, Signature>>,
  initial: Values,
  options: CompileOptions,
): Promise<Stepper<Name>> {
  const backendName = await loadTfjsBackend(options.tfjsBackend ?? 'cpu');
  return new EagerStepper(programs, state, feeds, initial, backendName);
}

class EagerStepper<Name extends string> implements Stepper<Name> {
  readonly #state = new Map<string, Tensor>();
  readonly #work = new PacedWork();
  readonly device: string;

  constructor(
    private readonly programs: Readonly<Record<Name, Program>>,
    private readonly signature: Signature,
    private readonly feeds: Readonly<Record<Name, Signature>>,
    initial: Values,
    private readonly backendName: string,
  ) {
    this.device = `tfjs:${backendName}`;
    this.#replace(initial);
  }

  step(name: Name, values: Values, turns?: Turns): Promise<Values> {
    const work = (): Values => {
      if (!(name in this.programs)) {
        throw new Error(`no program '${name}'; known: ${Object.keys(this.programs).join(', ')}`);
      }
      checkValues(`step '${name}'`, values, this.feeds[name]);
      return withBackend(this.backendName, () => this.#run(name, values));
    };
    return this.#work.do(work, turns);
  }

  read(names: readonly string[] = Object.keys(this.signature)): Promise<Values> {
    return Promise.resolve().then(() => {
      const entries = names.map((name) => {
        const tensor = this.#state.get(name);
        if (tensor === undefined) throw unknownState(name, this.signature);
        return [name, Float32Array.from(tensor.dataSync())] as const;
      });
      return Object.fromEntries(entries);
    });
  }

  write(values: Values): void {
    for (const [name, data] of Object.entries(values)) {
      if (!(name in this.signature)) throw unknownState(name, this.signature);
      checkLength('write', name, data, this.signature[name]);
      checkFinite('write', name, data);
    }
    this.#replace(values);
  }

  dispose(): Promise<void> {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
    return Promise.resolve();
  }

  #replace(values: Values): void {
    withBackend(this.backendName, () => {
      for (const [name, data] of Object.entries(values)) {
        this.#state.get(name)?.dispose();
        this.#state.set(name, tf.keep(toTensor(data, this.signature[name])));
      }
    });
  }

  #run(name: Name, values: Values): Values {
    const rest: Values = {};
    const next = new Map<string, Tensor>();
    tf.tidy(() => {
      const given = Object.entries(this.feeds[name]).map(([feed, spec]) => {
        return [feed, toTensor((values as Readonly<Values>)[feed], spec)] as const;
      });
      const outputs = this.programs[name]({
        ...Object.fromEntries(this.#state),
        ...Object.fromEntries(given),
      });
      checkReplaced(name, outputs as unknown as Signature, this.signature);
      for (const [output, tensor] of Object.entries(outputs)) {
        if (output in this.signature) next.set(output, tf.keep(tensor.clone()));
        else rest[output] = readOnce(tensor);
      }
    });
    for (const [output, tensor] of next) {
      this.#state.get(output)?.dispose();
      this.#state.set(output, tensor);
    }
    return rest;
  }
}

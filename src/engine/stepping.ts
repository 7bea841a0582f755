/** What all steppers share: their types and the checks of names and shapes. */
import type { Program, Signature } from './types.js';

/** Programs over one state, with what each is fed beside it. */
export type StepPrograms<Name extends string> = Readonly<Record<Name, Program>>;
/** What each program is fed at every step. */
export type StepFeeds<Name extends string> = Readonly<Record<Name, Signature>>;

/** @throws Error on a name that is both state and feed */
export function checkDisjoint(program: string, state: Signature, feeds: Signature): void {
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

/** The error for a name the state does not have. */
export function unknownState(name: string, state: Signature): Error {
  return new Error(`no state '${name}'; known: ${Object.keys(state).join(', ')}`);
}

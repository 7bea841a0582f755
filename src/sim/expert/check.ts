/** Errors in a demonstrator that its schema cannot see. */
import { ConfigError } from '../../config/config-error.js';
import { requireKnownName } from '../../config/known-name.js';
import { isBody, type FrameSpec } from '../../robot/tracked-frames.js';
import { handNames, type HandName } from './hand-name.js';
import type { Amount, DemonstratorSpec, HandMove, HandSpec, PhaseSpec } from './spec.js';

export type CheckContext = {
  readonly frames: Readonly<Record<string, FrameSpec>>;
  readonly action_joints: readonly string[];
  /** task file, for errors */
  readonly file: string;
};

/**
 * Checks the names, ranges and order of a demonstrator that fits its schema.
 * @throws ConfigError with the key: unknown joint, frame, hand, grip or phase; a joint used twice; grips of different
 * joints; a reversed range; a move that says too much or too little; a phase that cannot end
 */
export function checkDemonstrator(spec: DemonstratorSpec, context: CheckContext): void {
  const owners = new Map<string, string>();
  for (const name of handNames) {
    const hand = spec.hands[name];
    if (hand !== undefined) checkHand(hand, `demonstrator.hands.${name}`, owners, context);
  }
  spec.phases.forEach((phase, i) => checkPhase(phase, i, spec, context));
}

function checkHand(hand: HandSpec, key: string, owners: Map<string, string>, context: CheckContext): void {
  const { frame, arm, open, closed, grips } = hand;
  const frames = Object.keys(context.frames);
  requireKnownName('frame', frame, frames, `${key}.frame`, context.file);
  if (isBody(context.frames[frame]))
    throw new ConfigError(context.file, `${key}.frame`, `${frame} is a body; a hand needs a site`);
  const claim = (joint: string, place: string): void => {
    requireKnownName('action joint', joint, context.action_joints, place, context.file);
    const owner = owners.get(joint);
    if (owner !== undefined) throw new ConfigError(context.file, place, `${joint} is in ${owner} already`);
    owners.set(joint, place);
  };
  arm.forEach((joint, i) => claim(joint, `${key}.arm.${i}`));
  for (const joint of Object.keys(open)) claim(joint, `${key}.open.${joint}`);
  const named = Object.entries(grips).map(([name, pose]) => [`grips.${name}`, pose] as const);
  for (const [name, pose] of [['closed', closed] as const, ...named]) {
    for (const joint of Object.keys(pose))
      requireKnownName('joint of open', joint, Object.keys(open), `${key}.${name}.${joint}`, context.file);
    for (const joint of Object.keys(open)) {
      if (!(joint in pose)) throw new ConfigError(context.file, `${key}.${name}.${joint}`, 'is in open only');
    }
  }
}

function checkPhase(phase: PhaseSpec, index: number, spec: DemonstratorSpec, context: CheckContext): void {
  const { file } = context;
  const key = `demonstrator.phases.${index}`;
  const names = spec.phases.map(({ name }) => name);
  if (names.indexOf(phase.name) !== index)
    throw new ConfigError(file, `${key}.name`, `there is another phase ${phase.name}`);
  const hands = handNames.filter((name) => spec.hands[name] !== undefined);
  const moves = handNames.flatMap((name) =>
    phase[name] === undefined ? [] : [[name, phase[name]] as const],
  );
  for (const [name, move] of moves) {
    const hand = spec.hands[name];
    if (hand === undefined)
      throw new ConfigError(file, `${key}.${name}`, `no such hand in hands: ${hands.join(', ')}`);
    checkMove(move, hand, `${key}.${name}`, context);
  }
  checkElse(phase, hands, names, key, context);
  if (phase.until === undefined) {
    if (index < spec.phases.length - 1)
      throw new ConfigError(file, `${key}.until`, 'is missing; only the last phase may do without');
    return;
  }
  const { within_m, within_rad, steps, timeout_steps = Infinity } = phase.until;
  if (timeout_steps < steps)
    throw new ConfigError(
      file,
      `${key}.until.timeout_steps`,
      `${timeout_steps} is less than steps, ${steps}`,
    );
  if (steps === 0 && [within_m, within_rad, phase.until.timeout_steps].every((end) => end === undefined))
    throw new ConfigError(
      file,
      `${key}.until`,
      'says nothing; give within_m, within_rad, steps or timeout_steps',
    );
  const aims = moves.some(([, { at, by }]) => at !== undefined || by !== undefined);
  if (!aims && (within_m !== undefined || within_rad !== undefined))
    throw new ConfigError(file, `${key}.until`, 'no hand has a target in this phase; give steps');
}

function checkMove(move: HandMove, hand: HandSpec, key: string, { frames, file }: CheckContext): void {
  const { at, by, carry, align, offset, roll, pitch, yaw, grip } = move;
  const names = Object.keys(frames);
  if (at !== undefined) requireKnownName('frame', at, ['world', ...names], `${key}.at`, file);
  if (carry !== undefined) requireKnownName('frame', carry, names, `${key}.carry`, file);
  if (at !== undefined && by !== undefined)
    throw new ConfigError(file, `${key}.by`, 'is for moves without at; give one of the two');
  const turns = Object.entries({ roll, pitch, yaw }).filter(([, amount]) => amount !== undefined);
  const [needy] = [...turns, ...Object.entries({ align, carry }).filter(([, value]) => value !== undefined)];
  if (at === undefined && needy !== undefined)
    throw new ConfigError(file, `${key}.${needy[0]}`, 'needs at, the frame of the target');
  if (at === undefined && offset.some((amount) => amount !== 0))
    throw new ConfigError(file, `${key}.offset`, 'needs at, the frame of the target');
  if (align === 'keep' && turns.length > 0)
    throw new ConfigError(file, `${key}.${turns[0][0]}`, 'align: keep takes no turns');
  for (const [name, amount] of turns) checkAmount(amount, `${key}.${name}`, file);
  offset.forEach((amount, i) => checkAmount(amount, `${key}.offset.${i}`, file));
  by?.forEach((amount, i) => checkAmount(amount, `${key}.by.${i}`, file));
  if (typeof grip === 'string') requireKnownName('grip', grip, Object.keys(hand.grips), `${key}.grip`, file);
}

function checkElse(
  { else: otherwise }: PhaseSpec,
  hands: readonly HandName[],
  phases: readonly string[],
  key: string,
  { frames, file }: CheckContext,
): void {
  if (otherwise === undefined) return;
  requireKnownName('phase', otherwise.phase, phases, `${key}.else.phase`, file);
  requireKnownName('hand', otherwise.hand, hands, `${key}.else.hand`, file);
  requireKnownName('frame', otherwise.frame, Object.keys(frames), `${key}.else.frame`, file);
}

function checkAmount(amount: Amount | undefined, key: string, file: string): void {
  if (amount === undefined || typeof amount === 'number') return;
  const [lower, upper] = amount;
  if (lower > upper) throw new ConfigError(file, key, `lower ${lower} is above upper ${upper}`);
}

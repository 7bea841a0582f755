/** Settings of the residual learner; ranges, defaults and meanings are in schemas/parameters.schema.json. */
import { resolveParameters } from '../config/parameters.js';
import type { Device, EngineKind } from '../engine/index.js';
import type { ViewSetting } from '../policy/residual-input.js';

export type Hyperparameters = {
  readonly total_steps: number;
  readonly view: ViewSetting;
  readonly action_scale: number;
  readonly hidden_size: number;
  readonly layer_norm: boolean;
  readonly num_q: number;
  readonly num_min_q: number;
  readonly n_step: number;
  readonly gamma: number;
  readonly tau: number;
  readonly batch_size: number;
  readonly demo_fraction: number;
  readonly recompose_demos: boolean;
  readonly utd: number;
  readonly actor_delay: number;
  readonly critic_lr: number;
  readonly actor_lr: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  readonly target_noise: number;
  readonly target_noise_clip: number;
  readonly clip_target: boolean;
  readonly residual_penalty: number;
  readonly warmup_steps: number;
  readonly warmup_noise: number;
  readonly critic_warmup_updates: number;
  readonly exploration_noise: number;
  readonly gate: boolean;
  readonly gate_deviations: number;
  readonly gate_fade: number;
  readonly replay_capacity: number;
  readonly random_shift: number;
  readonly compress_frames: boolean;
  readonly publish_period: number;
  readonly checkpoint_period: number;
  readonly engine: EngineKind;
  readonly device: Device;
  readonly threads: number;
};

/** The schema's defaults with `changes` on top. @throws ConfigError for an unknown key or a value out of range. */
export function hyperparameters(changes: Partial<Hyperparameters> = {}): Hyperparameters {
  return resolveParameters<Hyperparameters>('residual_learner', changes, 'hyperparameters');
}

/**
 * Critic updates owed in total after `steps` control steps: none in the warm-up, then the critic's head start at once, then
 * `utd` per step. A pure function of the step count, so the ratio cannot drift with the speed of any machine.
 */
export function updatesDue(
  steps: number,
  { warmup_steps, critic_warmup_updates, utd }: Hyperparameters,
): number {
  if (steps < warmup_steps || steps === 0) return 0;
  return critic_warmup_updates + Math.floor((steps - warmup_steps) * utd);
}

/**
 * Standard deviations of the critics by which the residual must be better than none after `steps` control steps. They fall with the steps
 * whose outcome the critics have seen: doubt is for what was not tried.
 */
export function gateDeviations(
  steps: number,
  {
    warmup_steps,
    gate_deviations,
    gate_fade,
  }: Pick<Hyperparameters, 'warmup_steps' | 'gate_deviations' | 'gate_fade'>,
): number {
  if (gate_fade === 0 || steps <= warmup_steps) return gate_deviations;
  return gate_deviations * Math.max(0, 1 - (steps - warmup_steps) / gate_fade);
}

/** Whether critic update number `update` (counted from 1) is followed by an actor update. */
export function actorIsDue(update: number, { critic_warmup_updates, actor_delay }: Hyperparameters): boolean {
  return update > critic_warmup_updates && update % actor_delay === 0;
}

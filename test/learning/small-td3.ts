/** A residual learner's programs at a size for tests, random feeds for them, and networks that say what a test wants. */
import { createRandom, type EngineKind, type Stepper, type Values } from '../../src/engine/index.js';
import { hyperparameters, type Hyperparameters } from '../../src/learning/hyperparameters.js';
import { compileTd3, td3Feeds, type Td3Settings } from '../../src/learning/residual-td3.js';

const small = { hidden_size: 16, num_q: 3, num_min_q: 2, batch_size: 8, critic_lr: 1e-3, actor_lr: 1e-3 };

export function settingsOf(changes: Partial<Hyperparameters> = {}): Td3Settings {
  const hyper = hyperparameters({ ...small, ...changes });
  const { hidden_size, layer_norm } = hyper;
  return { shape: { input_size: 3, action_size: 2, hidden_size, layer_norm, encoders: [] }, hyper };
}

export function compiled(
  settings: Td3Settings,
  engine: EngineKind = 'auto',
): Promise<Stepper<'critic' | 'actor'>> {
  return compileTd3(settings, createRandom(1), { engine });
}

/** Random feeds of both programs; the subset leaves out the first head. */
export function drawFeeds(settings: Td3Settings, seed: number): { critic: Values; actor: Values } {
  const random = createRandom(seed);
  const draw = (name: string, size: number): Float32Array => {
    if (name === 'subset') return Float32Array.of(0, 1, 1);
    const scale = name === 'target_noise' ? 0.02 : 1;
    const constant: Record<string, number> = { discount: 0.9, reward: 0.25 };
    return Float32Array.from({ length: size }, () => constant[name] ?? scale * random.normal());
  };
  const { critic, actor } = td3Feeds(settings);
  const feeds = Object.fromEntries(
    Object.entries(critic).map(([name, { shape }]) => [
      name,
      draw(
        name,
        shape.reduce((a, b) => a * b, 1),
      ),
    ]),
  );
  // Without images all that is seen are the numbers; with some, what the encoders would add is drawn.
  const seen =
    settings.shape.encoders.length === 0
      ? feeds.input
      : draw('seen', actor.seen.shape[0] * actor.seen.shape[1]);
  return { critic: feeds, actor: { seen, base: feeds.base, place: feeds.place } };
}

/** Sets the last layer of a network so that it returns `outputs` (one a head, or one an action) for any input. */
export async function makeConstant(
  stepper: Stepper,
  prefix: string,
  outputs: readonly number[],
): Promise<void> {
  const [weight, bias] = [`${prefix}/layer2/weight`, `${prefix}/layer2/bias`];
  const old = await stepper.read([weight, bias]);
  stepper.write({ [weight]: old[weight].map(() => 0), [bias]: Float32Array.from(outputs) });
}

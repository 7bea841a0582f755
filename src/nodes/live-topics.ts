/** The topics that a learner learns from. */
import type {
  Action,
  Episode,
  ExecutedStep,
  Label,
  Observation,
  Reward,
} from '../interfaces/graft-messages.js';
import { waitUntil, type NodeContext, type Subscription } from '../ros/index.js';

/** Who takes what is heard, message by message. */
export type Listener = {
  executed(message: ExecutedStep): void;
  observed(message: Observation): void;
  baseAction(message: Action): void;
  episode(message: Episode): void;
  opinion(message: Reward): void;
  label(message: Label): void;
};

/** How long to wait for a robot to hear, s. */
const matchTimeout = 10;

/** What the robot does, kept from `keep` on until a listener takes it. */
export class LiveTopics {
  readonly #executed: Subscription;
  readonly #kept: ((listener: Listener) => void)[] = [];
  #isKeeping = false;
  #listener: Listener | undefined;

  constructor({ node }: Pick<NodeContext, 'node'>) {
    this.#executed = node.subscription('executed_step', 'graft_msgs/msg/ExecutedStep', 'history', (message) =>
      this.#tell((listener) => listener.executed(message)),
    );
    node.subscription('observation', 'graft_msgs/msg/Observation', 'history', (message) =>
      this.#tell((listener) => listener.observed(message)),
    );
    node.subscription('base_action', 'graft_msgs/msg/Action', 'history', (message) =>
      this.#tell((listener) => listener.baseAction(message)),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched_history', (message) =>
      this.#tell((listener) => listener.episode(message)),
    );
    node.subscription('reward', 'graft_msgs/msg/Reward', 'history', (message) =>
      this.#tell((listener) => listener.opinion(message)),
    );
    node.subscription('label', 'graft_msgs/msg/Label', 'history', (message) =>
      this.#tell((listener) => listener.label(message)),
    );
  }

  keep(): void {
    this.#isKeeping = true;
  }

  /** Waits until there is a robot to hear, but not for ever. */
  async matched(stopping: AbortSignal): Promise<void> {
    await waitUntil(() => this.#executed.publisherCount > 0, { timeout: matchTimeout, stopping });
  }

  giveTo(listener: Listener): void {
    this.#listener = listener;
    for (const tell of this.#kept.splice(0)) tell(listener);
  }

  #tell(tell: (listener: Listener) => void): void {
    if (this.#listener !== undefined) tell(this.#listener);
    else if (this.#isKeeping) this.#kept.push(tell);
  }
}

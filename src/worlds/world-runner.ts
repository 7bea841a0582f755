/** Episodes of one agent in one simulated world, through the limits that the node `safety` applies by default. */
import { resolveParameters } from '../config/parameters.js';
import { selectJoints } from '../robot/profile.js';
import { limitCommand, type LimiterSettings } from '../safety/limiter.js';
import { TaskJudge, type Verdict } from '../sim/expression/judge.js';
import type { Domain } from '../sim/randomisation/domain.js';
import { rollout, type RolloutInputs } from '../sim/rollout.js';
import type { Task } from '../sim/task.js';
import { World } from '../sim/world.js';
import { WorldObserver } from '../sim/world-observer.js';
import { createAgent, seesImages, type Agent, type AgentSpec, type Proposal } from './agent.js';

/** What every episode of a run has in common; plain data, so that it can be sent to a worker thread. */
export type RunSpec = {
  /** A name under sim/tasks or a task file. */
  readonly task: string;
  readonly agent: AgentSpec;
  /** Whether the task's randomisation is applied. */
  readonly randomise: boolean;
  /** Whether episodes come with all that was seen and done. */
  readonly trace: boolean;
};

/** What was seen and done at one control step; nothing is executed at the last. */
export type TraceStep = Proposal & {
  /** after the limits, rad, one per action joint */
  readonly limited: Float32Array;
  readonly limiter_flags: number;
  /** of all actuated joints: rad, rad/s, N m */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  readonly verdict: Verdict;
};

export type WorldEpisode = {
  readonly seed: number;
  readonly steps: number;
  readonly success: boolean;
  readonly terminated: boolean;
  readonly variant: string;
  /** why the episode could not go on; it counts as a failure */
  readonly fault?: string;
  /** what randomisation applied; empty without it */
  readonly domain: Domain;
  /** empty unless asked for */
  readonly trace: readonly TraceStep[];
};

export class WorldRunner {
  readonly #judge: TaskJudge;
  readonly #limits: LimiterSettings;
  readonly #observer: WorldObserver;

  private constructor(
    private readonly world: World,
    private readonly agent: Agent,
    private readonly spec: RunSpec,
  ) {
    const { task } = world;
    this.#judge = TaskJudge.compile(task, world.names);
    this.#observer = new WorldObserver(world);
    const joints = selectJoints(task.robot, task.action_joints, task.file);
    const bounds = resolveParameters<{ max_residual: number; velocity_scale: number }>(
      'safety',
      { task: spec.task },
      'defaults of safety',
    );
    this.#limits = { joints, period: 1 / task.control_rate_hz, ...bounds };
  }

  /** @throws ConfigError if the task, its model or the agent's files do not fit */
  static async create(task: Task, spec: RunSpec): Promise<WorldRunner> {
    const agent = await createAgent(task, spec.agent);
    return new WorldRunner(await World.create(task), agent, spec);
  }

  /** Runs the episode of a seed; the same seed gives the same episode in every world. */
  async run(seed: number): Promise<WorldEpisode> {
    await this.agent.rehearse?.(seed, () => this.#episode(seed, false));
    return this.#episode(seed, this.spec.trace);
  }

  async #episode(seed: number, traced: boolean): Promise<WorldEpisode> {
    const { world, agent } = this;
    const withImages = traced || seesImages(this.spec.agent);
    const trace: TraceStep[] = [];
    agent.reset(seed);
    const judge = this.#judge;
    let previous: Float32Array | undefined;
    let verdict: Verdict | undefined;
    const result = await rollout({
      ...{ world, judge, seed, randomise: this.spec.randomise },
      onReset: (first) => void (verdict = first),
      act: async (inputs) => {
        const proposal = await agent.propose(inputs, this.#observer.observe(inputs, withImages));
        previous ??= this.#measured(inputs);
        const limited = limitCommand(
          { base: proposal.base, commanded: proposal.executed, stale: false },
          previous,
          this.#limits,
        );
        previous = limited.executed;
        if (traced && verdict !== undefined) trace.push(this.#traceStep(proposal, limited, verdict));
        return limited.executed;
      },
      onStep: (next) => void (verdict = next),
    });
    return { seed, ...result, variant: world.variant, domain: world.domain, trace };
  }

  async dispose(): Promise<void> {
    this.world.dispose();
    await this.agent.dispose();
  }

  /** Where the action joints are, rad. */
  #measured({ positions }: RolloutInputs): Float32Array {
    return Float32Array.from(this.world.task.action_joints, (name) => positions.get(name) ?? NaN);
  }

  #traceStep(
    proposal: Proposal,
    { executed, flags }: { readonly executed: Float32Array; readonly flags: number },
    verdict: Verdict,
  ): TraceStep {
    return {
      ...proposal,
      limited: executed,
      limiter_flags: flags,
      positions: this.world.jointPositions(),
      velocities: this.world.jointVelocities(),
      efforts: this.world.jointEfforts(),
      verdict,
    };
  }
}

/** `progress_reward`: critics watch the robot and publish their opinions, at their own pace. Nothing waits for them. */
import { ConfigError } from '../config/config-error.js';
import { Episode, type Label, type Observation } from '../interfaces/graft-messages.js';
import { checkObservationNames } from '../policy/manifest.js';
import { ControlPauses } from './control-pauses.js';
import { createCritics } from '../reward/create-critics.js';
import type { Critic } from '../reward/critic.js';
import { CriticSeat, type Opinion, type SeatOptions } from '../reward/critic-seat.js';
import type { Ended } from '../reward/judgement.js';
import { ViewTrack } from '../reward/camera-views.js';
import { LatencyWindow } from '../reward/latency-window.js';
import { Lessons } from '../reward/lessons.js';
import { LiveClips, type LiveClip } from '../reward/live-clips.js';
import { endedOf } from '../reward/clip-assembler.js';
import { findReward, type RewardFile } from '../reward/reward-file.js';
import { rewardMessage } from '../reward/reward-message.js';
import type { ImageTransport } from '../robot/camera-topics.js';
import type { JointsNow } from '../robot/frame-judge.js';
import { checkSameImages, imagesOf } from '../robot/image-spec.js';
import { observationNames } from '../robot/observation-spec.js';
import { nanosecondsFromTime, type NodeContext, type NodeDefinition } from '../ros/index.js';
import type { ClockMode } from './clock-mode.js';
import { ObservedCamera } from './observed-camera.js';
import { seconds } from './steady-clock.js';

type Parameters = {
  readonly reward: string;
  readonly timeout: number;
  readonly episode_timeout: number;
  readonly backlog: number;
  readonly clock: ClockMode;
  readonly image_transport: ImageTransport;
};

/** Episodes that a person may still speak of. */
const rememberedEpisodes = 8;

/** How often critics' health is looked at, s. */
const reportPeriod = 1;

export const progressReward: NodeDefinition<Parameters> = {
  name: 'progress_reward',
  create(context: NodeContext<Parameters>) {
    if (context.parameters.values.reward === '')
      throw new ConfigError('parameters of progress_reward', 'reward', 'is empty, expected a reward file');
    const { node } = context;
    let bench: CriticsBench | undefined;
    node.subscription('observation', 'graft_msgs/msg/Observation', 'history', (message) =>
      bench?.observation(message),
    );
    const signs = node.subscription('task_state', 'graft_msgs/msg/TaskState', 'history', (message) =>
      bench?.clips.taskState(message),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched_history', (message) =>
      bench?.clips.episode(message),
    );
    node.subscription('label', 'graft_msgs/msg/Label', 'history', (message) => bench?.label(message));
    node.timer(reportPeriod, () => bench?.report());
    return Promise.resolve({
      configure: async () => {
        bench = await CriticsBench.open(context, () => signs.publisherCount > 0);
      },
      cleanup: () => bench?.close(),
      shutdown: () => bench?.close(),
    });
  },
};

/** The critics of a reward file, each on a seat of its own, and the clips that they are shown. */
class CriticsBench {
  readonly clips: LiveClips;
  readonly #publisher;
  readonly #seats: readonly CriticSeat[];
  readonly #latencies = new Map<string, LatencyWindow>();
  readonly #labels = new Map<string, Label>();
  readonly #past = new Map<string, { readonly clip: LiveClip; readonly end: Episode }>();
  readonly #cameras: readonly ObservedCamera[];
  readonly #lessons: Lessons;
  readonly #pauses: ControlPauses;
  #checked = '';
  #joints: JointsNow | undefined;
  /** topics of cameras that showed nothing new for the last moment */
  #stale: readonly string[] = [];

  private constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly reward: RewardFile,
    seats: (say: (opinion: Opinion) => void, turn: SeatOptions['turn']) => readonly CriticSeat[],
    isSensed: () => boolean,
  ) {
    this.#pauses = new ControlPauses(1 / reward.task.control_rate_hz);
    // In lockstep control waits for nobody's clock, so there are no pauses to wait for.
    const isRealtime = context.parameters.values.clock === 'realtime';
    const turn = isRealtime ? () => this.#pauses.next() : undefined;
    this.#publisher = context.node.publisher('reward', 'graft_msgs/msg/Reward', 'history');
    this.#seats = seats((opinion) => this.#say(opinion), turn);
    this.#lessons = new Lessons(pupilsOf(reward, this.#seats));
    const { views, task } = reward;
    const track = views && new ViewTrack(views, 1 / task.control_rate_hz);
    const present = (clip: LiveClip): void => this.#present(clip);
    this.clips = new LiveClips({ present, ended: (clip, end) => this.#ended(clip, end) }, isSensed, track);
    this.#cameras = track === undefined ? [] : this.#watch(track);
  }

  /** @throws ConfigError if the reward file, or a model that it names, does not fit */
  static async open(context: NodeContext<Parameters>, isSensed: () => boolean): Promise<CriticsBench> {
    const { reward: name, timeout, episode_timeout, backlog } = context.parameters.values;
    const reward = findReward(name);
    const critics = await createCritics(reward);
    for (const { name: critic, model, version } of critics)
      context.node.logger.info(`critic ${critic}: ${model}, version ${version}`);
    const seats = (say: (opinion: Opinion) => void, turn: SeatOptions['turn']): CriticSeat[] =>
      critics.map((critic) => {
        const { pace = 'episode' } = reward.critics[critic.name];
        return new CriticSeat(critic, { pace, timeout, episode_timeout, backlog, turn }, say);
      });
    return new CriticsBench(context, reward, seats, isSensed);
  }

  observation(message: Observation): void {
    if (!this.context.isActive()) return;
    this.#pauses.observed();
    if (message.episode_id !== this.#checked) this.#checkSender(message);
    const { header, names, state } = message;
    const positions = [...state].filter((_, i) => names[i].endsWith('.position'));
    this.#joints = { clock: nanosecondsFromTime(header.stamp), positions };
    this.clips.observation(message, seconds());
  }

  /** A person may speak before the end is heard, and long after it. */
  label(label: Label): void {
    this.#labels.set(label.episode_id, label);
    forgetOldest(this.#labels);
    const past = this.#past.get(label.episode_id);
    if (past === undefined) return;
    const ended = withLabel(past.end, label);
    for (const seat of this.#seats) if (seat.critic.model === 'human') seat.ended(past.clip, ended);
  }

  report(): void {
    for (const camera of this.#cameras)
      camera.report(this.#stale.some((topic) => camera.topic.startsWith(topic)));
    for (const { critic, state } of this.#seats) {
      const { judged, unknown, dropped, waiting, reason } = state;
      const latency = this.#latencies.get(critic.name)?.quantiles() ?? { p50: 0, p99: 0 };
      const level = reason !== '' || dropped > 0 ? 'WARN' : 'OK';
      const message = reason !== '' ? reason : judged === 0 ? 'nothing judged yet' : 'judging';
      this.context.diagnostics.set(`critic ${critic.name}`, level, message, {
        ...{ model: critic.model, version: critic.version, judged, unknown, dropped, waiting },
        ...{ 'latency p50 [s]': latency.p50, 'latency p99 [s]': latency.p99 },
      });
    }
  }

  async close(): Promise<void> {
    for (const seat of this.#seats) seat.close();
    await Promise.all(this.#seats.map(({ critic }) => critic.dispose()));
  }

  /** Cameras that the reward file names by their own topics. */
  #watch(track: ViewTrack): ObservedCamera[] {
    const { clock, image_transport: transport } = this.context.parameters.values;
    const { robot } = this.reward.task;
    return (this.reward.views ?? []).map(({ spec, aspect }, i) => {
      const source = { robot, spec, aspect, clock, transport };
      return new ObservedCamera(this.context, source, {
        joints: () => this.#joints,
        onFrame: (frame) => {
          track.add(i, frame);
          this.clips.viewed();
        },
      });
    });
  }

  #present(clip: LiveClip): void {
    this.#stale = clip.moments.at(-1)?.stale ?? [];
    for (const seat of this.#seats) seat.present(clip);
  }

  #ended(clip: LiveClip, end: Episode): void {
    this.#past.set(end.episode_id, { clip, end });
    forgetOldest(this.#past);
    this.#lessons.ended(clip);
    const ended = withLabel(end, this.#labels.get(end.episode_id));
    for (const seat of this.#seats) seat.ended(clip, ended);
  }

  #say(opinion: Opinion): void {
    if (!this.context.isActive()) return;
    this.#lessons.said(opinion);
    const latency = seconds() - opinion.received;
    const { name } = opinion.critic;
    const window = this.#latencies.get(name) ?? new LatencyWindow();
    this.#latencies.set(name, window.add(latency));
    this.#publisher.publish(rewardMessage(opinion.critic, opinion, { ...opinion, latency }));
  }

  /** The observer that is running may have another task than the reward file. @throws ConfigError naming what differs */
  #checkSender(message: Observation): void {
    const { file, task } = this.reward;
    const sender = 'the observer';
    checkObservationNames(file, observationNames(task.observation), message.names, sender);
    checkSameImages(file, 'images', task.images, imagesOf(message, task.images), sender);
    this.#checked = message.episode_id;
  }
}

/** Critics that learn from others (their setting `teacher`), by the name of the other. */
function pupilsOf({ critics }: RewardFile, seats: readonly CriticSeat[]): Map<string, Critic[]> {
  const pupils = new Map<string, Critic[]>();
  for (const { critic } of seats) {
    const { teacher } = critics[critic.name];
    if (typeof teacher === 'string') pupils.set(teacher, [...(pupils.get(teacher) ?? []), critic]);
  }
  return pupils;
}

/** How an episode ended; what a person said of it counts more. */
function withLabel(end: Episode, label: Label | undefined): Ended {
  return endedOf(label === undefined ? end : { ...end, outcome: label.outcome }, label?.grade ?? 0);
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const [id] of map) {
    if (map.size <= rememberedEpisodes) return;
    map.delete(id);
  }
}

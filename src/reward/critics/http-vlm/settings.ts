/** Settings of the kind `http_vlm`, as `schemas/critics.schema.json` fills them in. */
import type { ClientSettings } from '../../chat/settings.js';
import type { CriticSettings, Pace } from '../../reward-file.js';

/** What is asked, and in which form the answer has to come. */
export type PromptKind = 'pairwise' | 'hops' | 'frames' | 'question';

/** From which frames a hop to the present one is asked for. */
export type HopsFrom = 'previous' | 'start' | 'goal' | 'all';

export type HttpVlmSettings = CriticSettings &
  ClientSettings & {
    readonly pace: Pace;
    readonly model: string;
    readonly prompt: PromptKind;
    readonly done_threshold: number;
    readonly cameras?: readonly string[];
    readonly reference?: string | readonly string[];
    readonly reference_frames: number;
    readonly every_s: number;
    readonly max_frames: number;
    readonly hops_from: HopsFrom;
    readonly dead_zone: number;
    readonly as_progress: boolean;
    readonly samples: number;
    readonly image_size: number;
    readonly image_format: 'jpeg' | 'png';
    readonly temperature: number;
    readonly max_tokens: number;
    readonly top_logprobs: number;
    readonly request: Readonly<Record<string, unknown>>;
  };

/** Settings of the kind `http_vlm`, as `schemas/critics.schema.json` fills them in. */
import type { CriticSettings, Pace } from '../../reward-file.js';

/** What is asked, and in which form the answer has to come. */
export type PromptKind = 'pairwise' | 'hops' | 'frames' | 'question';

/** From which frames a hop to the present one is asked for. */
export type HopsFrom = 'previous' | 'start' | 'goal' | 'all';

/** Where requests go, and how hard to try. Nothing here changes what an answer means. */
export type ClientSettings = {
  readonly base_url: string;
  readonly api_key_env?: string;
  readonly timeout_s: number;
  readonly retries: number;
  readonly concurrency: number;
  /** 0: as many as there are */
  readonly requests_per_minute: number;
  readonly break_after: number;
  readonly retry_after_s: number;
  readonly max_reply_bytes: number;
  readonly budget: BudgetSettings;
  readonly cache?: string;
};

export type BudgetSettings = {
  readonly calls: number;
  readonly money?: number;
  readonly price_per_million_input_tokens: number;
  readonly price_per_million_output_tokens: number;
};

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

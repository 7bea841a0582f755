/** Settings of a chat client, as `schemas/critics.schema.json` fills them in. */

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

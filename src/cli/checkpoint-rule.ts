/** Which checkpoint is evaluated; the held-out seeds play no part in it. */
export const checkpointRule = 'the last checkpoint of training';

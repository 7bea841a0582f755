/** A real HTTP server on this machine that answers chat requests as a test tells it to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { ChatRequest } from '../../../src/reward/chat/chat.js';

export type Received = { readonly url: string; readonly key: string | undefined; readonly body: ChatRequest };

export type Answerer = (request: Received, response: ServerResponse, count: number) => Promise<void> | void;

export type LocalEndpoint = { readonly base_url: string; readonly received: Received[] };

/** Starts a server that is gone after the test. `count` counts requests from 1 on. */
export async function localEndpoint(t: Pick<TestContext, 'after'>, answer: Answerer): Promise<LocalEndpoint> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const body = JSON.parse(text) as ChatRequest;
      received.push({ url: request.url ?? '', key: request.headers.authorization, body });
      return answer(received[received.length - 1], response, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, received };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The address of a server that is not there any more. */
export async function nobodyHome(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}/v1`;
}

export const usage = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };

/** A chat completion as servers send it. */
export function completion(content: string, more: object = {}): string {
  const message = { role: 'assistant', content };
  return JSON.stringify({
    ...{ id: 'x', object: 'chat.completion', model: 'test', usage },
    choices: [{ index: 0, message, finish_reason: 'stop', ...more }],
  });
}

export function send(
  response: ServerResponse,
  body: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

/** Answers every request with the body. */
export function sending(body: string, status?: number, headers?: Record<string, string>): Answerer {
  return (_, response) => send(response, body, status, headers);
}

/** Answers every request with the text. */
export function saying(text: string): Answerer {
  return sending(completion(text));
}

export const silence: Answerer = () => undefined;

/** Closes the connection. */
export const hangUp: Answerer = (_, response) => void response.socket?.destroy();

/** One answerer a request; the last one again and again. */
export function inTurn(...answerers: readonly Answerer[]): Answerer {
  return (request, response, count) =>
    answerers[Math.min(count, answerers.length) - 1](request, response, count);
}
